/* Where lwIP asks the library OS. */
#ifndef CORACLE_LWIP_HOOKS_H
#define CORACLE_LWIP_HOOKS_H

#include <stdbool.h>

#include "lwip/err.h"
#include "lwip/ip_addr.h"

/* RFC 6528: a keyed hash of the four-tuple plus a clock. */
u32_t network_initial_sequence(const ip_addr_t *local, u16_t local_port, const ip_addr_t *remote, u16_t remote_port);
#define LWIP_HOOK_TCP_ISN network_initial_sequence

/*
 * Called for each TCP segment that has found its control block, before lwIP looks at it: a SYN may take over a
 * connection in TIME_WAIT, or the place of an old half-open one in a full backlog (time_wait.c). Not ERR_OK: the
 * segment is done with.
 */
struct tcp_pcb;
struct tcp_hdr;
struct pbuf;
err_t network_segment_arrives(struct tcp_pcb *pcb, struct tcp_hdr *header, struct pbuf *segment);

/* Called for each other: whether lwIP is to look at it. If not, it has its answer if it is to have one. acceptance.c */
bool network_segment_is_acceptable(struct tcp_pcb *pcb, const struct tcp_hdr *header, const struct pbuf *segment);

/*
 * Called for each of those that has options, `in_first` bytes of them behind the header (claims.c): lwIP heeds options
 * at any time. Returns ERR_OK.
 */
err_t network_options_arrive(struct tcp_pcb *pcb, struct tcp_hdr *header, u16_t in_first, u8_t *in_second,
                             const struct pbuf *segment);

#define LWIP_HOOK_TCP_INPACKET_PCB(pcb, hdr, optlen, opt1len, opt2, p)                                                 \
        ((pcb)->state == TIME_WAIT || (pcb)->state == LISTEN ? network_segment_arrives(pcb, hdr, p)                    \
         : !network_segment_is_acceptable(pcb, hdr, p)       ? ERR_VAL                                                 \
         : (optlen) != 0                                     ? network_options_arrive(pcb, hdr, opt1len, opt2, p)      \
                                                             : ERR_OK)

/*
 * Called for each TCP segment that leaves, its header written but for options, which are left as they are: the place
 * where it is known what a segment longer than a packet is to be cut into. segments.c.
 */
u32_t *network_segment_leaves(const struct pbuf *segment, const struct tcp_hdr *header, const struct tcp_pcb *pcb,
                              u32_t *options);
#define LWIP_HOOK_TCP_OUT_ADD_TCPOPTS(p, hdr, pcb, opts) network_segment_leaves(p, hdr, pcb, opts)

/* The router of the command line, or the destination itself when a prefix shorter than lwIP's 64 bits covers it. */
struct netif;
const ip6_addr_t *network_ipv6_next_hop(struct netif *netif, const ip6_addr_t *destination);
#define LWIP_HOOK_ND6_GET_GW network_ipv6_next_hop

/*
 * RFC 3927, section 2.6.2 wants link-local destinations to be asked for by ARP, never sent to a router, and lwIP does
 * so. The clouds' metadata service is the exception: routers answer for it, and who asks for its own address by ARP may
 * wait in vain (OpenStack, Google). It goes where other hosts go; an interface that is itself in 169.254/16 reaches it
 * directly all the same. Where no interface has a router, who has the address is on the link (OpenStack's isolated
 * networks).
 */
int network_has_router(void);
#define NETWORK_METADATA_SERVICE PP_HTONL(0xa9fea9feUL) /* 169.254.169.254 */
#undef ip4_addr_islinklocal
#define ip4_addr_islinklocal(address)                                                                                  \
        (((address)->addr & PP_HTONL(0xffff0000UL)) == PP_HTONL(0xa9fe0000UL) &&                                       \
         ((address)->addr != NETWORK_METADATA_SERVICE || !network_has_router()))

#endif
