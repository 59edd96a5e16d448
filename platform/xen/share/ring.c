/* The frontend's half of a shared ring: see ring.h. */
#include <stdatomic.h>
#include <string.h>

#include <xen/share/ring.h>

uint32_t ring_slots(uint32_t bytes, uint32_t slot_bytes)
{
        uint32_t slots = 1;
        while (slots * 2 * slot_bytes <= bytes - RING_HEADER_BYTES)
                slots *= 2;
        return slots;
}

void ring_init(struct ring *ring, void *shared, uint32_t size)
{
        memset(shared, 0, RING_HEADER_BYTES);
        *ring = (struct ring){.shared = shared, .size = size};
        atomic_store_explicit(&ring->shared->request_event, 1, memory_order_relaxed);
        atomic_store_explicit(&ring->shared->response_event, 1, memory_order_relaxed);
}

bool ring_publish(struct ring *ring)
{
        const uint32_t before = ring->published;
        if (ring->produced == before)
                return false;
        atomic_store_explicit(&ring->shared->request_producer, ring->produced, memory_order_release);
        ring->published = ring->produced;
        atomic_thread_fence(memory_order_seq_cst); /* shown before the wish is looked at */
        const uint32_t wish = atomic_load_explicit(&ring->shared->request_event, memory_order_relaxed);
        return ring->produced - wish < ring->produced - before;
}

int ring_responses(const struct ring *ring)
{
        const uint32_t producer = atomic_load_explicit(&ring->shared->response_producer, memory_order_acquire);
        const uint32_t waiting = producer - ring->consumed;
        return waiting <= ring->published - ring->consumed ? (int)waiting : -1;
}

bool ring_arm(struct ring *ring, uint32_t after)
{
        atomic_store_explicit(&ring->shared->response_event, ring->consumed + after, memory_order_relaxed);
        atomic_thread_fence(memory_order_seq_cst); /* asked before looking */
        const uint32_t producer = atomic_load_explicit(&ring->shared->response_producer, memory_order_acquire);
        return producer - ring->consumed >= after;
}
