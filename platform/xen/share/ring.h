/*
 * The frontend's half of a shared ring (public/io/ring.h): indexes, notifications and the checks of both. What requests
 * and responses look like is the driver's; RING_SLOT gives the place of one.
 *
 * Invariant: consumed <= responses seen <= published <= produced, and produced - consumed <= size. What the backend
 * writes (rsp_prod, req_event) is read once: a rsp_prod that is not between consumed and published means that the
 * backend lies, and ring_responses says so.
 */
#ifndef CORACLE_XEN_RING_H
#define CORACLE_XEN_RING_H

#include <stdbool.h>
#include <stdint.h>

/* The head of the shared page or pages: the same for every DEFINE_RING_TYPES. Slots follow at RING_HEADER_BYTES. */
struct ring_shared {
        _Atomic uint32_t request_producer;  /* req_prod: ours */
        _Atomic uint32_t request_event;     /* req_event: the backend wants to be told when this one is published */
        _Atomic uint32_t response_producer; /* rsp_prod: the backend's */
        _Atomic uint32_t response_event;    /* rsp_event: ours, the other way round */
        uint8_t unused[48];
};
#define RING_HEADER_BYTES 64u
_Static_assert(sizeof(struct ring_shared) == RING_HEADER_BYTES, "public/io/ring.h");

struct ring {
        struct ring_shared *shared;
        uint32_t size;      /* slots, a power of two */
        uint32_t produced;  /* requests written */
        uint32_t published; /* of these, those that the backend was shown */
        uint32_t consumed;  /* responses taken */
};

/* Slots of `slot_bytes` that fit into `bytes` of shared memory, rounded down to a power of two. */
uint32_t ring_slots(uint32_t bytes, uint32_t slot_bytes);

/* Clears the head of the shared memory (ring and slots are granted after that), and starts from 0. */
void ring_init(struct ring *ring, void *shared, uint32_t size);

/* Slots that requests may still be written to. */
static inline uint32_t ring_room(const struct ring *ring)
{
        return ring->size - (ring->produced - ring->consumed);
}

/* The place of request or response number `index`, of the given type. */
#define RING_SLOT(ring, type, index)                                                                                   \
        ((type *)(void *)((char *)(ring)->shared + RING_HEADER_BYTES) + ((index) & ((ring)->size - 1)))

/* Shows the backend the requests written (ring->produced) so far. Returns whether it must be notified. */
bool ring_publish(struct ring *ring);

/*
 * How many responses wait from ring->consumed on (the caller advances it), or -1: the backend claims more than it was
 * asked for. What it wrote to the slots before is visible then.
 */
int ring_responses(const struct ring *ring);

/* Asks for an event at the `after`-th response from now (1: the next). Returns true when it is there already. */
bool ring_arm(struct ring *ring, uint32_t after);

#endif
