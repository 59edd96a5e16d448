/* virtio-rng (virtio 1.2, section 5.4): one queue of buffers that the device fills with random bytes. */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include <coracle/memory.h>
#include <entropy.h>
#include <platform.h>
#include <virtio/rng.h>

#define RING         8u
#define BUFFER_BYTES 256u

/* A device that has given nothing after this long gives nothing. */
#define PATIENCE_NS 2000000000ull

struct virtio_rng {
        struct virtio_device *device;
        struct virtio_queue queue;
        atomic_flag busy; /* taken with interrupts disabled, so that its holder is not preempted */
        bool failed;
        uint8_t buffer[BUFFER_BYTES];
};

static struct virtio_rng *rng; /* the first device that started */

static uint64_t choose(void *ctx, uint64_t offered)
{
        (void)ctx;
        (void)offered;
        return 0;
}

/* The wish for an interrupt ends platform_idle; there is nothing else to do. */
static void nothing(void *ctx)
{
        (void)ctx;
}

static const struct virtio_class class = {.choose = choose, .on_queue = nothing, .on_config = nothing};

static long fail(struct virtio_rng *r, const char *why)
{
        r->failed = true;
        virtio_fail(r->device, why);
        return -EIO;
}

/* Waits for the one buffer that is out. Returns the bytes in it, or -EIO. */
static long wait(struct virtio_rng *r)
{
        struct virtqueue *ring = &r->queue.ring;
        uint64_t limit = platform_clock_monotonic() + PATIENCE_NS;
        while (vq_ready(ring) == 0 && ring->broken == NULL) {
                if (platform_clock_monotonic() > limit)
                        return fail(r, "no random bytes within two seconds; it is not used any more");
                if (!vq_interrupt_after(ring, 1))
                        platform_idle(limit);
        }
        uint32_t written = 0;
        if (vq_take(ring, &written) == NULL)
                return fail(r, ring->broken);
        return written != 0 ? (long)written
                            : fail(r, "an empty buffer instead of random bytes; it is not used any more");
}

static long fill_locked(struct virtio_rng *r, void *buffer, size_t bytes)
{
        struct vq_segment segment = {
                .address = platform_dma_address(r->buffer),
                .bytes = bytes < BUFFER_BYTES ? (uint32_t)bytes : BUFFER_BYTES,
        };
        if (r->failed)
                return -EIO;
        if (vq_add(&r->queue.ring, &segment, 0, 1, r) != 0)
                return fail(r, "its queue is stuck; it is not used any more");
        virtio_kick(&r->queue);
        long got = wait(r);
        if (got > 0) {
                memcpy(buffer, r->buffer, (size_t)got);
                memset(r->buffer, 0, sizeof r->buffer);
        }
        return got;
}

static long fill(void *ctx, void *buffer, size_t bytes)
{
        struct virtio_rng *r = ctx;
        bool enabled = platform_interrupts_disable();
        while (atomic_flag_test_and_set_explicit(&r->busy, memory_order_acquire)) {
        }
        long got = bytes != 0 ? fill_locked(r, buffer, bytes) : 0;
        atomic_flag_clear_explicit(&r->busy, memory_order_release);
        platform_interrupts_restore(enabled);
        return got;
}

int virtio_rng_start(struct virtio_device *device)
{
        if (rng != NULL)
                return -EEXIST;
        struct virtio_rng *r = page_alloc(0);
        if (r == NULL)
                return -ENOMEM;
        _Static_assert(sizeof *r <= PLATFORM_PAGE_SIZE, "one page");
        memset(r, 0, sizeof *r);
        r->device = device;
        int error = virtio_start(device, &class, r);
        if (error == 0)
                error = virtio_queue_start(device, &r->queue, 0, RING);
        if (error == 0)
                error = virtio_ready(device);
        if (error == 0)
                rng = r;
        return error;
}

/* One caller looks, the others wait for what it finds: nobody takes weak numbers because he came second. */
const struct entropy_source *entropy_virtio(void)
{
        static struct entropy_source source = {.name = "virtio-rng", .fill = fill};
        static atomic_flag looking = ATOMIC_FLAG_INIT;
        static bool looked;
        bool enabled = platform_interrupts_disable();
        while (atomic_flag_test_and_set_explicit(&looking, memory_order_acquire)) {
        }
        if (!looked)
                virtio_probe(VIRTIO_ENTROPY, virtio_rng_start);
        looked = true;
        source.ctx = rng;
        atomic_flag_clear_explicit(&looking, memory_order_release);
        platform_interrupts_restore(enabled);
        return rng != NULL ? &source : NULL;
}
