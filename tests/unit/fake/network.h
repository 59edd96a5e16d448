/*
 * A network device that is a list: what the stack sends is kept, what a test injects arrives. And the little that the
 * stack asks of the machine beyond fake/platform.h.
 */
#ifndef FAKE_NETWORK_H
#define FAKE_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_FRAME_MOST 65550u

struct fake_frame {
        struct fake_frame *next;
        size_t bytes;
        bool checksummed; /* the stack asked the device for the checksum, which has been filled in */
        uint8_t data[];
};

/* The command line's words: key, value, key, value, ..., NULL. Before network_start. */
extern const char *const *fake_options;

extern unsigned fake_capabilities;    /* NETDEV_*; before network_start */
extern unsigned fake_receive_buffers; /* that the driver has; before network_start */
extern unsigned fake_ring;            /* frames that fit into the transmit ring; 0: any number */
extern bool fake_no_device;
extern bool fake_checksum_good; /* what arrives is marked as verified */

extern unsigned fake_buffers_held; /* received buffers that the stack has not given back */
extern unsigned fake_buffers_held_most;
extern unsigned fake_flushes;
extern unsigned fake_large;      /* frames that the device was asked to cut; it has */
extern size_t fake_large_most;   /* payload of the largest of them */
extern const void *fake_watched; /* memory, fake_watched_bytes of it, and how much of what was sent lay there */
extern size_t fake_watched_bytes, fake_sent_watched;

/* The frame arrives; it is copied, into `pieces` buffers chained. */
void fake_inject(const void *data, size_t bytes);
void fake_inject_pieces(const void *data, size_t bytes, unsigned pieces);

/* The oldest frame the stack has sent, to be freed; NULL: none. */
struct fake_frame *fake_sent(void);

#endif
