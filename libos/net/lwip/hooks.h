/* Where lwIP asks the library OS. */
#ifndef CORACLE_LWIP_HOOKS_H
#define CORACLE_LWIP_HOOKS_H

#include "lwip/err.h"
#include "lwip/ip_addr.h"

/* RFC 6528: a keyed hash of the four-tuple plus a clock. */
u32_t network_initial_sequence(const ip_addr_t *local, u16_t local_port, const ip_addr_t *remote, u16_t remote_port);
#define LWIP_HOOK_TCP_ISN network_initial_sequence

/*
 * Called for each TCP segment that has found its control block, before lwIP looks at it: a SYN may take over a
 * connection in TIME_WAIT, or the place of an old half-open one in a full backlog. Not ERR_OK: the segment is done
 * with. time_wait.c.
 */
struct tcp_pcb;
struct tcp_hdr;
struct pbuf;
err_t network_segment_arrives(struct tcp_pcb *pcb, struct tcp_hdr *header, struct pbuf *segment);
#define LWIP_HOOK_TCP_INPACKET_PCB(pcb, hdr, optlen, opt1len, opt2, p)                                                 \
        ((pcb)->state == TIME_WAIT || (pcb)->state == LISTEN ? network_segment_arrives(pcb, hdr, p) : ERR_OK)

/* The router of the command line, or the destination itself when a prefix shorter than lwIP's 64 bits covers it. */
struct netif;
const ip6_addr_t *network_ipv6_next_hop(struct netif *netif, const ip6_addr_t *destination);
#define LWIP_HOOK_ND6_GET_GW network_ipv6_next_hop

#endif
