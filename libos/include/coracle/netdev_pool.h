/*
 * Receive buffers of a network device, as its driver keeps them. A buffer is in exactly one of four places: posted to
 * the device, with the stack, returned by the stack (from any context), or spare (the poller's own).
 */
#ifndef CORACLE_NETDEV_POOL_H
#define CORACLE_NETDEV_POOL_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <coracle/netdev_driver.h>

struct netdev_pool {
        _Atomic(struct netdev_buffer *) returned; /* newest first */
        struct netdev_buffer *spare;
        uint32_t total, most; /* buffers that exist, and that may */
        atomic_bool dry;      /* few are posted and the stack sleeps: the next that returns wakes it */
        /* Puts new buffers on the spare list, `total` with them; none where memory or the limit is reached. */
        void (*grow)(struct netdev_pool *pool);
        void (*wake)(void *ctx); /* any context */
        void *ctx;
};

/* An empty pool of at most `most` buffers. */
void netdev_pool_init(struct netdev_pool *pool, uint32_t most, void (*grow)(struct netdev_pool *pool),
                      void (*wake)(void *ctx), void *ctx);

/* What a buffer's `release` is; its `driver_data` is the pool. */
void netdev_pool_release(struct netdev_buffer *buffer);

/* A buffer that the device does not have any more. The poller's side, as all that follows. */
static inline void netdev_pool_put(struct netdev_pool *pool, struct netdev_buffer *buffer)
{
        buffer->next = pool->spare;
        pool->spare = buffer;
}

/* The same for each buffer of a packet; NULL is none. */
void netdev_pool_put_packet(struct netdev_pool *pool, struct netdev_buffer *packet);

/* A free buffer, the caller's; NULL when there is none and no memory for one. */
struct netdev_buffer *netdev_pool_take(struct netdev_pool *pool);

/*
 * The stack is about to sleep, and only few buffers are posted: whether some have returned already. If not, the next
 * that does wakes it.
 */
bool netdev_pool_run_dry(struct netdev_pool *pool);

#define NETDEV_POSTED_AT_START 64u

/* How many to keep posted when `taken` of `target` came back in one poll: twice as many, if that was half of them. */
static inline uint32_t netdev_pool_target(uint32_t target, uint32_t taken, uint32_t most)
{
        if (taken < target / 2 || target >= most)
                return target;
        return target < most / 2 ? target * 2 : most;
}

/* ---- Buffers of half a page: what the stack sees, then the bytes that the device fills ---- */

#define NETDEV_HALF_BYTES 2048u

struct netdev_half {
        struct netdev_buffer public; /* first: the stack's pointer is ours */
        uint64_t address;            /* of space[], for the device */
        uint8_t unused[2];           /* so that the IP header behind an Ethernet header is 4-aligned */
        uint8_t space[];
};

#define NETDEV_HALF_SPACE ((uint32_t)(NETDEV_HALF_BYTES - offsetof(struct netdev_half, space)))
_Static_assert((offsetof(struct netdev_half, space) + ETHERNET_HEADER_BYTES) % 4 == 0, "the IP header is aligned");

static inline struct netdev_half *netdev_half_of(struct netdev_buffer *buffer)
{
        return (struct netdev_half *)(void *)buffer;
}

/* For netdev_pool_init: two buffers from each page. */
void netdev_pool_grow_halves(struct netdev_pool *pool);

#endif
