/*
 * TCP segments longer than a packet, for devices that cut them (TSO): bytes that go out from where they lie are queued
 * in segments of up to 64 KiB, each of which costs lwIP and the driver what one of 1,460 bytes does.
 */
#ifndef CORACLE_NET_SEGMENTS_H
#define CORACLE_NET_SEGMENTS_H

#include <stdint.h>

#include "lwip/pbuf.h"
#include "lwip/tcp.h"

/*
 * tcp_write of bytes that need no copy and stay for ever, in segments as long as the connection's device takes. From
 * then on everything that is written to the connection goes through segments_write_copied.
 */
err_t segments_write(struct tcp_pcb *pcb, const void *data, u16_t bytes, u8_t flags);

/* tcp_write of at most tcp_mss() bytes, copied, behind segments that may be long. */
err_t segments_write_copied(struct tcp_pcb *pcb, const void *data, u16_t bytes, u8_t flags);

/* Before the first unacknowledged segment is sent again: leaves what has not arrived of its first packet in it. */
void segments_shorten_first(struct tcp_pcb *pcb);

/*
 * What the payload of the frame, which lwIP hands over for sending, is to be cut into; 0: it is no long segment, or one
 * that waited for its neighbour's address, of which nobody knows it any more.
 */
uint16_t segments_cut(const struct pbuf *frame);

#endif
