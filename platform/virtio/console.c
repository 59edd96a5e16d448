/*
 * virtio-console (virtio 1.2, section 5.3): the first port, as a stream of bytes each way. Multiple ports are not
 * negotiated: port 0 works without.
 *
 * Output is copied into a few pages of slots and written behind; drain waits for the last. Every function works with
 * interrupts disabled and from a crash report: whoever finds a slot busy waits for the device, not for a thread.
 */
#include <console.h>

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include <coracle/log.h>
#include <coracle/memory.h>
#include <platform.h>
#include <virtio/console.h>

#define QUEUE_RECEIVE  0u
#define QUEUE_TRANSMIT 1u

#define OUTPUT_SLOTS      4u
#define OUTPUT_SLOT_BYTES 4096u
#define INPUT_SLOTS       8u
#define INPUT_SLOT_BYTES  256u

/* Looks that cost nothing before the CPU goes idle: about as long as a device in software takes. */
#define IMPATIENCE 2000u

#define LOCK_PATIENCE 100000000u

struct output_slot {
        struct output_slot *next; /* free */
        char *bytes;
        uint64_t address;
};

struct input_slot {
        uint32_t length; /* what the device wrote */
        uint32_t taken;  /* of it, by the reader */
        char bytes[INPUT_SLOT_BYTES];
};

struct virtio_console {
        struct virtio_device *device;
        struct virtio_queue receive, transmit;
        atomic_flag busy; /* guards everything below; taken with interrupts disabled */
        bool failed;
        struct output_slot output[OUTPUT_SLOTS];
        struct output_slot *free;
        struct input_slot *partial; /* read in part */
        struct input_slot input[INPUT_SLOTS];
        void (*listener)(void *ctx);
        void *listener_ctx;
};

static struct virtio_console *console; /* the first device that started */

static uint64_t choose(void *ctx, uint64_t offered)
{
        (void)ctx;
        (void)offered;
        return 0;
}

static void nothing(void *ctx)
{
        (void)ctx;
}

static void on_queue(void *ctx)
{
        struct virtio_console *c = ctx;
        if (c->listener != NULL && vq_ready(&c->receive.ring) != 0)
                c->listener(c->listener_ctx);
}

static const struct virtio_class class = {.choose = choose, .on_queue = on_queue, .on_config = nothing};

/* Held for so long only by code that crashed inside: the crash report goes on without waiting for it. */
static bool lock(struct virtio_console *c)
{
        bool enabled = platform_interrupts_disable();
        for (unsigned i = 0; i < LOCK_PATIENCE; i++)
                if (!atomic_flag_test_and_set_explicit(&c->busy, memory_order_acquire))
                        break;
        return enabled;
}

static void unlock(struct virtio_console *c, bool enabled)
{
        atomic_flag_clear_explicit(&c->busy, memory_order_release);
        platform_interrupts_restore(enabled);
}

/* The console cannot say that it broke on itself; the log keeps it for a crash report. */
static void fail(struct virtio_console *c, const char *why)
{
        c->failed = true;
        log_info("virtio", "%s: %s; it is not used any more", c->device->name, why);
        virtio_stop(c->device);
}

/* Takes written slots back. */
static void reap(struct virtio_console *c)
{
        uint32_t written;
        struct output_slot *slot;
        while ((slot = vq_take(&c->transmit.ring, &written)) != NULL) {
                slot->next = c->free;
                c->free = slot;
        }
        if (c->transmit.ring.broken != NULL && !c->failed)
                fail(c, c->transmit.ring.broken);
}

/* Until at most `outstanding` slots are with the device. A reader that is slow is waited for, however long. */
static void wait(struct virtio_console *c, unsigned outstanding)
{
        for (unsigned looks = 0; !c->failed; looks++) {
                reap(c);
                if (c->transmit.ring.outstanding <= outstanding)
                        break;
                if (looks >= IMPATIENCE && !vq_interrupt_after(&c->transmit.ring, 1))
                        platform_idle(PLATFORM_FOREVER);
        }
        vq_interrupt_never(&c->transmit.ring);
}

static void write_some(struct virtio_console *c, const char *data, uint32_t bytes)
{
        reap(c);
        if (c->free == NULL)
                wait(c, OUTPUT_SLOTS - 1);
        struct output_slot *slot = c->free;
        if (c->failed || slot == NULL)
                return;
        c->free = slot->next;
        memcpy(slot->bytes, data, bytes);
        struct vq_segment segment = {.address = slot->address, .bytes = bytes};
        if (vq_add(&c->transmit.ring, &segment, 1, 0, slot) == 0)
                virtio_kick(&c->transmit);
}

static void write(void *ctx, const void *data, size_t bytes)
{
        struct virtio_console *c = ctx;
        const char *from = data;
        while (bytes != 0 && !c->failed) {
                uint32_t part = bytes < OUTPUT_SLOT_BYTES ? (uint32_t)bytes : OUTPUT_SLOT_BYTES;
                bool enabled = lock(c);
                write_some(c, from, part);
                unlock(c, enabled);
                from += part;
                bytes -= part;
        }
}

static void drain(void *ctx)
{
        struct virtio_console *c = ctx;
        bool enabled = lock(c);
        wait(c, 0);
        unlock(c, enabled);
}

static void post(struct virtio_console *c, struct input_slot *slot)
{
        struct vq_segment segment = {.address = platform_dma_address(slot->bytes), .bytes = INPUT_SLOT_BYTES};
        slot->length = 0;
        slot->taken = 0;
        vq_add(&c->receive.ring, &segment, 0, 1, slot);
}

/* The slot with the next byte, or NULL after asking for an interrupt. */
static struct input_slot *next_input(struct virtio_console *c)
{
        while (c->partial == NULL && !c->failed) {
                uint32_t length;
                struct input_slot *slot = vq_take(&c->receive.ring, &length);
                if (slot != NULL && length == 0) {
                        post(c, slot);
                } else if (slot != NULL) {
                        slot->length = length;
                        c->partial = slot;
                } else if (c->receive.ring.broken != NULL) {
                        fail(c, c->receive.ring.broken);
                } else if (!vq_interrupt_after(&c->receive.ring, 1)) {
                        break;
                }
        }
        return c->partial;
}

static size_t read_locked(struct virtio_console *c, char *to, size_t bytes)
{
        size_t done = 0;
        struct input_slot *slot;
        while (done < bytes && (slot = next_input(c)) != NULL) {
                uint32_t part = slot->length - slot->taken;
                if (part > bytes - done)
                        part = (uint32_t)(bytes - done);
                memcpy(to + done, slot->bytes + slot->taken, part);
                slot->taken += part;
                done += part;
                if (slot->taken == slot->length) {
                        c->partial = NULL;
                        post(c, slot);
                }
        }
        virtio_kick(&c->receive);
        return done;
}

static size_t read(void *ctx, void *data, size_t bytes)
{
        struct virtio_console *c = ctx;
        bool enabled = lock(c);
        size_t done = read_locked(c, data, bytes);
        unlock(c, enabled);
        return done;
}

static void on_input(void *ctx, void (*fn)(void *fn_ctx), void *fn_ctx)
{
        struct virtio_console *c = ctx;
        bool enabled = lock(c);
        c->listener_ctx = fn_ctx;
        c->listener = fn;
        bool there = c->partial != NULL || vq_interrupt_after(&c->receive.ring, 1);
        unlock(c, enabled);
        if (there) {
                enabled = platform_interrupts_disable();
                fn(fn_ctx);
                platform_interrupts_restore(enabled);
        }
}

static int allocate(struct virtio_console *c)
{
        char *bytes = page_alloc(page_order(OUTPUT_SLOTS * OUTPUT_SLOT_BYTES));
        if (bytes == NULL)
                return -ENOMEM;
        for (unsigned i = 0; i < OUTPUT_SLOTS; i++) {
                struct output_slot *slot = &c->output[i];
                slot->bytes = bytes + i * OUTPUT_SLOT_BYTES;
                slot->address = platform_dma_address(slot->bytes);
                slot->next = c->free;
                c->free = slot;
        }
        return 0;
}

static int start(struct virtio_console *c)
{
        struct virtio_device *device = c->device;
        int error = virtio_start(device, &class, c);
        if (error == 0)
                error = virtio_queue_start(device, &c->receive, QUEUE_RECEIVE, INPUT_SLOTS);
        if (error == 0)
                error = virtio_queue_start(device, &c->transmit, QUEUE_TRANSMIT, INPUT_SLOTS);
        if (error == 0 && (error = allocate(c)) != 0)
                virtio_fail(device, "no memory for its buffers; it is not used");
        if (error == 0)
                error = virtio_ready(device);
        return error;
}

int virtio_console_start(struct virtio_device *device)
{
        if (console != NULL)
                return -EEXIST;
        struct virtio_console *c = page_alloc(0);
        if (c == NULL)
                return -ENOMEM;
        _Static_assert(sizeof *c <= PLATFORM_PAGE_SIZE, "one page");
        memset(c, 0, sizeof *c);
        c->device = device;
        int error = start(c);
        if (error != 0)
                return error;
        vq_interrupt_never(&c->transmit.ring);
        vq_interrupt_never(&c->receive.ring);
        for (unsigned i = 0; i < INPUT_SLOTS && i < c->receive.ring.size; i++)
                post(c, &c->input[i]);
        virtio_kick(&c->receive);
        console = c;
        return 0;
}

const struct console_driver *console_virtio(void)
{
        static struct console_driver driver = {.write = write, .read = read, .on_input = on_input, .drain = drain};
        static bool looked;
        if (!looked) {
                looked = true;
                virtio_probe(VIRTIO_CONSOLE, virtio_console_start);
                driver.ctx = console;
        }
        return console != NULL ? &driver : NULL;
}
