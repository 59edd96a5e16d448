/* Loss recovery of TCP beyond what lwIP does on its own: recovery.c. */
#ifndef CORACLE_NET_RECOVERY_H
#define CORACLE_NET_RECOVERY_H

#include "lwip/tcp.h"
#include "lwip/prot/tcp.h"

/* An acknowledgement without payload, with options of which `bytes` lie together; its header is in the CPU's byte
 * order. */
void recovery_acknowledgement_arrives(struct tcp_pcb *pcb, struct tcp_hdr *header, const u8_t *options, u16_t bytes);

/* Before lwIP sends what it may: decides whether a lost packet is to be sent again first. */
void recovery_before_output(struct tcp_pcb *pcb);

/* How much more than the congestion window the connection may have on its way now, in bytes. */
tcpwnd_size_t recovery_beyond_window(const struct tcp_pcb *pcb);

/* A time-out takes over (RFC 6582 section 3.2, step 4). */
void recovery_end(struct tcp_pcb *pcb);

#endif
