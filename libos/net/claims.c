/*
 * What peers and routers claim about the size of packets, and how much of it is believed. lwIP takes any claim: a peer
 * that wants segments of one byte would have the guest send a packet for each, at a stroke of 8,960 if its device cuts;
 * a path MTU below an IPv6 packet's headers leaves no room for a segment.
 *
 * lwIP's own functions are built as lwip_... (tools/make/lwip.mk), and everybody, lwIP too, calls those here.
 */
#include "network.h"
#include "recovery.h"

#include "lwip/nd6.h"
#include "lwip/priv/tcp_priv.h"

#include LWIP_HOOK_FILENAME

#define MSS_LEAST 48u /* what Linux, too, sends at least, whatever the peer asks for (tcp_min_snd_mss) */

u16_t lwip_tcp_eff_send_mss_netif(u16_t wanted, struct netif *netif, const ip_addr_t *to);
u16_t lwip_nd6_get_destination_mtu(const ip6_addr_t *to, struct netif *netif);

u16_t tcp_eff_send_mss_netif(u16_t wanted, struct netif *netif, const ip_addr_t *to)
{
        return lwip_tcp_eff_send_mss_netif(wanted < MSS_LEAST ? MSS_LEAST : wanted, netif, to);
}

/* RFC 8201 section 4: a Packet Too Big makes no path narrower than what IPv6 asks of every link, and none wider. */
u16_t nd6_get_destination_mtu(const ip6_addr_t *to, struct netif *netif)
{
        const u16_t path = lwip_nd6_get_destination_mtu(to, netif);
        const u16_t link = netif != NULL ? netif_mtu6(netif) : IP6_MIN_MTU_LENGTH;
        return path > link ? link : path < IP6_MIN_MTU_LENGTH ? LWIP_MIN(link, IP6_MIN_MTU_LENGTH) : path;
}

/* The answer to the guest's SYN; lwIP reads the options of any other segment as well while it waits for this one. */
static bool is_answer(const struct tcp_pcb *pcb, const struct tcp_hdr *header)
{
        return pcb->state == SYN_SENT && (TCPH_FLAGS(header) & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) &&
               header->ackno == pcb->lastack + 1;
}

/*
 * The options that lwIP knows belong to a connection's first segments, but it heeds a maximum segment size at any time,
 * and forgets the link's own then. So others end before they begin (RFC 9293 section 3.2: kind 0).
 */
err_t network_options_arrive(struct tcp_pcb *pcb, struct tcp_hdr *header, u16_t in_first, u8_t *in_second,
                             const struct pbuf *segment)
{
        u8_t *const first = (u8_t *)(header + 1);
        if (is_answer(pcb, header))
                return ERR_OK;
        if (segment->tot_len == 0)
                recovery_acknowledgement_arrives(pcb, header, first, in_first);
        *(in_first != 0 ? first : in_second) = LWIP_TCP_OPT_EOL;
        return ERR_OK;
}
