/* The stack above a network device that the fuzzer drives: it keeps some packets, writes to all, and counts frames. */
#ifndef FUZZ_STACK_H
#define FUZZ_STACK_H

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include <fake/netdev.h>

#include "input.h"

#define FRAMES 4096

static struct netdev_buffer *held[64];
static unsigned held_count;
static unsigned done_count[FRAMES];
static unsigned accepted;

static inline void stack_reset(void)
{
        held_count = accepted = 0;
        memset(done_count, 0, sizeof done_count);
}

static inline void release(struct netdev_buffer *packet)
{
        for (struct netdev_buffer *next; packet != NULL; packet = next) {
                next = packet->next;
                packet->release(packet);
        }
}

static inline void release_one(void)
{
        if (held_count != 0)
                release(held[--held_count]);
}

static inline void release_all_held(void)
{
        while (held_count != 0)
                release_one();
}

/* Every packet is as long as its pieces, and all of it may be read and written. */
static inline void receive(void *ctx, struct netdev_buffer *packet)
{
        static volatile uint8_t sum;
        uint32_t length = 0;
        (void)ctx;
        assert(packet != NULL);
        for (struct netdev_buffer *piece = packet; piece != NULL; piece = piece->next) {
                length += piece->length;
                assert(piece->length != 0);
                for (uint32_t i = 0; i < piece->length; i++)
                        sum = (uint8_t)(sum + piece->data[i]);
                piece->data[piece->length - 1] = 0; /* the stack may write, too */
        }
        assert(length == packet->total_length && length >= 14 && length <= 65535 + 14);
        if (held_count < sizeof held / sizeof held[0] && (byte() & 1) != 0)
                held[held_count++] = packet;
        else
                release(packet);
}

static inline void poll(unsigned budget)
{
        fake_netdev->operations->poll(fake_netdev, budget, receive, NULL);
}

static inline void done(void *cookie)
{
        done_count[(uintptr_t)cookie]++;
}

static inline void transmit(const struct netdev_segment *segments, unsigned count, const struct netdev_offload *offload)
{
        if (accepted < FRAMES && fake_netdev->operations->transmit(fake_netdev, segments, count, offload, done,
                                                                   (void *)(uintptr_t)accepted) == 0)
                accepted++;
}

/* After a device has let go of everything. */
static inline void each_frame_is_done_once(void)
{
        for (unsigned i = 0; i < accepted; i++)
                assert(done_count[i] == 1);
}

#endif
