/*
 * Split virtqueue, driver side (virtio 1.2, section 2.7).
 *
 * Invariant: every descriptor is on the free list or in exactly one outstanding chain; both are kept in `chains`,
 * which the device does not see. What the device writes (used->idx, used->ring[i], avail_event, flags) is read once,
 * checked, then used; a value out of range breaks the ring: vq->broken says why, and no chain is returned any more.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include <coracle/memory.h>
#include <platform.h>
#include <virtio/virtqueue.h>

/* Section 2.7.5 */
#define DESCRIPTOR_NEXT     1u
#define DESCRIPTOR_WRITE    2u
#define DESCRIPTOR_INDIRECT 4u

/* Sections 2.7.6 and 2.7.8 */
#define AVAILABLE_NO_INTERRUPT 1u
#define USED_NO_NOTIFY         1u

struct vq_descriptor {
        uint64_t address;
        uint32_t length;
        uint16_t flags;
        uint16_t next;
};

struct vq_available {
        uint16_t flags;
        _Atomic uint16_t index;
        uint16_t ring[]; /* then used_event */
};

struct vq_used_element {
        uint32_t id;
        uint32_t length;
};

struct vq_used {
        _Atomic uint16_t flags;
        _Atomic uint16_t index;
        struct vq_used_element ring[]; /* then avail_event */
};

struct vq_chain {
        void *cookie;
        uint32_t writable; /* bytes that the device may write, all segments together */
        uint16_t length;   /* descriptors, on the first of an outstanding chain; else 0 */
        uint16_t next;     /* of the chain, or of the free list */
};

/* Section 2.7: used must be 4-byte aligned; the others start where alignment falls out. */
static uint32_t available_offset(uint32_t size)
{
        return size * (uint32_t)sizeof(struct vq_descriptor);
}

static uint32_t used_offset(uint32_t size)
{
        uint32_t bytes = (uint32_t)sizeof(struct vq_available) + 2 * size + 2;
        return (available_offset(size) + bytes + 3) & ~3u;
}

static uint32_t chains_offset(uint32_t size)
{
        uint32_t bytes = (uint32_t)(sizeof(struct vq_used) + size * sizeof(struct vq_used_element)) + 2;
        return (used_offset(size) + bytes + 7) & ~7u;
}

uint32_t vq_bytes(uint16_t size)
{
        return chains_offset(size) + size * (uint32_t)sizeof(struct vq_chain);
}

int vq_init(struct virtqueue *vq, uint32_t size, bool event_index)
{
        if (size == 0 || size > VQ_SIZE_MAX || (size & (size - 1)) != 0)
                return -EINVAL;
        uint32_t bytes = vq_bytes((uint16_t)size);
        unsigned order = page_order(bytes);
        char *memory = page_alloc(order);
        if (memory == NULL)
                return -ENOMEM;
        memset(memory, 0, bytes);
        *vq = (struct virtqueue){
                .descriptors = (struct vq_descriptor *)(void *)memory,
                .available = (struct vq_available *)(void *)(memory + available_offset(size)),
                .used = (struct vq_used *)(void *)(memory + used_offset(size)),
                .chains = (struct vq_chain *)(void *)(memory + chains_offset(size)),
                .size = (uint16_t)size,
                .free_count = (uint16_t)size,
                .event_index = event_index,
                .order = order,
        };
        for (uint32_t i = 0; i < size; i++)
                vq->chains[i].next = (uint16_t)((i + 1) & (size - 1));
        return 0;
}

void vq_free(struct virtqueue *vq)
{
        if (vq->descriptors != NULL)
                page_free(vq->descriptors, vq->order);
        *vq = (struct virtqueue){.broken = "the queue was given up"};
}

static void fill(struct vq_descriptor *d, const struct vq_segment *segment, bool writable, bool last, uint16_t next)
{
        d->address = segment->address;
        d->length = segment->bytes;
        d->flags = (uint16_t)((writable ? DESCRIPTOR_WRITE : 0) | (last ? 0 : DESCRIPTOR_NEXT));
        d->next = last ? 0 : next;
}

/* Takes `length` descriptors off the free list as an outstanding chain and offers it. */
static void offer(struct virtqueue *vq, uint16_t head, uint16_t last, unsigned length, uint32_t writable, void *cookie)
{
        struct vq_chain *chain = &vq->chains[head];
        vq->free_head = vq->chains[last].next;
        vq->free_count = (uint16_t)(vq->free_count - length);
        vq->outstanding++;
        chain->cookie = cookie;
        chain->writable = writable;
        chain->length = (uint16_t)length;
        vq->available->ring[vq->next_available & (vq->size - 1)] = head;
        vq->next_available++;
}

/* Bytes of the writable segments, or -1 when a chain of these would be no chain. */
static int64_t writable_bytes(const struct vq_segment *segments, unsigned readable, unsigned writable)
{
        uint64_t bytes = 0;
        if (readable + writable == 0)
                return -1;
        for (unsigned i = readable; i < readable + writable; i++)
                bytes += segments[i].bytes;
        return bytes <= UINT32_MAX ? (int64_t)bytes : -1;
}

int vq_add(struct virtqueue *vq, const struct vq_segment *segments, unsigned readable, unsigned writable, void *cookie)
{
        unsigned count = readable + writable;
        int64_t bytes = writable_bytes(segments, readable, writable);
        if (vq->broken != NULL)
                return -EIO;
        if (bytes < 0 || count > vq->size)
                return -EINVAL;
        if (count > vq->free_count)
                return -EAGAIN;
        uint16_t head = vq->free_head;
        uint16_t at = head;
        for (unsigned i = 0;; i++) {
                uint16_t next = vq->chains[at].next;
                fill(&vq->descriptors[at], &segments[i], i >= readable, i + 1 == count, next);
                if (i + 1 == count)
                        break;
                at = next;
        }
        offer(vq, head, at, count, (uint32_t)bytes, cookie);
        return 0;
}

int vq_add_one(struct virtqueue *vq, uint64_t address, uint32_t bytes, bool writable, void *cookie)
{
        if (vq->broken != NULL)
                return -EIO;
        if (vq->free_count == 0)
                return -EAGAIN;
        uint16_t head = vq->free_head;
        vq->descriptors[head] = (struct vq_descriptor){
                .address = address,
                .length = bytes,
                .flags = writable ? DESCRIPTOR_WRITE : 0,
        };
        offer(vq, head, head, 1, writable ? bytes : 0, cookie);
        return 0;
}

int vq_add_indirect(struct virtqueue *vq, const struct vq_segment *segments, unsigned readable, unsigned writable,
                    void *table, uint64_t table_address, void *cookie)
{
        unsigned count = readable + writable;
        int64_t bytes = writable_bytes(segments, readable, writable);
        struct vq_descriptor *entries = table;
        if (vq->broken != NULL)
                return -EIO;
        if (bytes < 0 || count > vq->size) /* section 2.7.5.3.1: no longer than the ring either */
                return -EINVAL;
        if (vq->free_count == 0)
                return -EAGAIN;
        for (unsigned i = 0; i < count; i++)
                fill(&entries[i], &segments[i], i >= readable, i + 1 == count, (uint16_t)(i + 1));
        uint16_t head = vq->free_head;
        vq->descriptors[head] = (struct vq_descriptor){
                .address = table_address,
                .length = VQ_INDIRECT_BYTES(count),
                .flags = DESCRIPTOR_INDIRECT,
        };
        offer(vq, head, head, 1, (uint32_t)bytes, cookie);
        return 0;
}

/* Section 2.7.10: avail_event follows the used ring; used_event the available one (2.7.7). */
static _Atomic uint16_t *available_event(struct virtqueue *vq)
{
        return (_Atomic uint16_t *)(void *)&vq->used->ring[vq->size];
}

static _Atomic uint16_t *used_event(struct virtqueue *vq)
{
        return (_Atomic uint16_t *)(void *)&vq->available->ring[vq->size];
}

bool vq_publish(struct virtqueue *vq)
{
        uint16_t before = vq->published;
        uint16_t now = vq->next_available;
        if (before == now || vq->broken != NULL)
                return false;
        atomic_store_explicit(&vq->available->index, now, memory_order_release);
        vq->published = now;
        /* Section 2.7.13.3.1: the index is visible before the device's wish is read. */
        atomic_thread_fence(memory_order_seq_cst);
        if (!vq->event_index)
                return (atomic_load_explicit(&vq->used->flags, memory_order_relaxed) & USED_NO_NOTIFY) == 0;
        uint16_t event = atomic_load_explicit(available_event(vq), memory_order_relaxed);
        return (uint16_t)(now - event - 1) < (uint16_t)(now - before);
}

unsigned vq_ready(struct virtqueue *vq)
{
        if (vq->broken != NULL)
                return 0;
        uint16_t index = atomic_load_explicit(&vq->used->index, memory_order_acquire);
        uint16_t ready = (uint16_t)(index - vq->next_used);
        if (ready > vq->outstanding) {
                vq->broken = "the device returned more buffers than it was given";
                return 0;
        }
        return ready;
}

/* Puts a chain's descriptors back on the free list. */
static void recycle(struct virtqueue *vq, uint16_t head)
{
        struct vq_chain *chain = &vq->chains[head];
        uint16_t last = head;
        for (unsigned i = 1; i < chain->length; i++)
                last = vq->chains[last].next;
        vq->chains[last].next = vq->free_head;
        vq->free_head = head;
        vq->free_count = (uint16_t)(vq->free_count + chain->length);
        vq->outstanding--;
        chain->length = 0;
}

void *vq_take(struct virtqueue *vq, uint32_t *written)
{
        if (vq_ready(vq) == 0)
                return NULL;
        const volatile struct vq_used_element *slot = &vq->used->ring[vq->next_used & (vq->size - 1)];
        uint32_t id = slot->id;
        uint32_t length = slot->length;
        if (id >= vq->size) {
                vq->broken = "the device returned a descriptor beyond its queue";
                return NULL;
        }
        struct vq_chain *chain = &vq->chains[id];
        if (chain->length == 0) {
                vq->broken = "the device returned a buffer that it was not given";
                return NULL;
        }
        if (length > chain->writable) {
                vq->broken = "the device says it wrote beyond the end of a buffer";
                return NULL;
        }
        void *cookie = chain->cookie;
        recycle(vq, (uint16_t)id);
        vq->next_used++;
        *written = length;
        return cookie;
}

bool vq_interrupt_after(struct virtqueue *vq, uint16_t chains)
{
        if (vq->event_index)
                atomic_store_explicit(used_event(vq), (uint16_t)(vq->next_used + chains - 1), memory_order_relaxed);
        else
                vq->available->flags = 0;
        /* The wish is visible before the last look (section 2.7.9.3). */
        atomic_thread_fence(memory_order_seq_cst);
        return vq_ready(vq) >= chains || vq->broken != NULL;
}

void vq_interrupt_never(struct virtqueue *vq)
{
        /* Section 2.7.10: with event indexes flags stay 0; an index just passed comes round again after 65,535. */
        if (vq->event_index)
                atomic_store_explicit(used_event(vq), (uint16_t)(vq->next_used - 1), memory_order_relaxed);
        else
                vq->available->flags = AVAILABLE_NO_INTERRUPT;
}
