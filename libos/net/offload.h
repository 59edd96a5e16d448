/* What the device is asked to do to a frame: checksums, and cutting large frames into segments (TSO). */
#ifndef CORACLE_NET_OFFLOAD_H
#define CORACLE_NET_OFFLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "network.h"

#include "lwip/pbuf.h"

#define ETHERNET_HEADER 14u

/*
 * Asks the device for the TCP checksum of a frame of `total` bytes whose headers are at `bytes`, when it is TCP and the
 * device can; else lwIP has computed it. Writes the pseudo-header's sum into the header.
 */
void offload_checksum(const struct interface *interface, uint8_t *bytes, uint32_t total,
                      struct netdev_offload *offload);

/* Fills in where the payload begins of a TCP frame that is to be cut; its headers are at `bytes`, in one piece. */
void offload_headers(const uint8_t *bytes, struct netdev_offload *offload);

/*
 * ---- large.c: segments of one connection that are sent one after the other, as one frame that the device cuts ----
 *
 * lwIP hands over a segment at a time; those that continue one another are kept until one does not, or the batch ends.
 * `alone`: nothing may be joined to this one.
 */
enum large_result {
        LARGE_TAKEN, /* the frame, a reference of its own to it, is part of a large one */
        LARGE_NOT,   /* send it by itself */
        LARGE_BUSY   /* the one before has not gone out yet: the ring is full */
};
enum large_result large_take(struct interface *interface, struct pbuf *frame, bool alone);

/* Hands what is kept to the device. Returns 0, or -EAGAIN: the ring is full, it is still kept. */
int large_send(struct interface *interface);

/* ---- interface.c ---- */

/* netdev_transmit, once more with the finished frames out of the way when the ring is full. Errors as there. */
int interface_transmit(struct interface *interface, const struct netdev_segment *segments, unsigned count,
                       const struct netdev_offload *offload, void (*done)(void *cookie), void *cookie);

/*
 * Sends one frame, cut into packets of `cut` bytes of payload if that is not 0; a reference of its own to it is given
 * back when it is done. Errors as netdev_transmit.
 */
int interface_send(struct interface *interface, struct pbuf *frame, uint16_t cut);

#endif
