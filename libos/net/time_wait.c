/*
 * Finished and half-open connections: what keeps a busy server from filling with them.
 *
 * A client that comes back from the same port before TIME_WAIT is over would be turned away for a second; its SYN,
 * beyond the old connection's sequence numbers, takes the connection over instead (RFC 9293 section 3.6.1). A listener
 * whose backlog is full of half-open connections gives the oldest one's place to a new SYN, once it is old enough to
 * have answered: a flood of SYNs keeps others out no longer than it lasts.
 */
#include "network.h"

#include "lwip/ip.h"
#include "lwip/priv/tcp_priv.h"

#include LWIP_HOOK_FILENAME

#define HALF_OPEN_TICKS (1000u / TCP_SLOW_INTERVAL) /* a second: any peer that is there has answered */

static struct pbuf *again;

struct pbuf *network_packet_again(void)
{
        struct pbuf *packet = again;
        again = NULL;
        return packet;
}

/* Undoes what tcp_input has done to the packet so far, and keeps it. Returns whether that was possible. */
static bool keep_packet(struct tcp_hdr *header, struct pbuf *segment)
{
        u16_t tcp_bytes = TCPH_HDRLEN_BYTES(header);
        /* Options in a second pbuf have been moved: leave that packet alone. */
        if ((u8_t *)segment->payload != (u8_t *)header + tcp_bytes || again != NULL)
                return false;
        if (pbuf_header_force(segment, (s16_t)(tcp_bytes + ip_current_header_tot_len())) != 0)
                return false;
        header->src = lwip_htons(header->src);
        header->dest = lwip_htons(header->dest);
        header->seqno = lwip_htonl(header->seqno);
        header->ackno = lwip_htonl(header->ackno);
        header->wnd = lwip_htons(header->wnd);
        pbuf_ref(segment);
        again = segment;
        return true;
}

static struct tcp_pcb *oldest_half_open(const struct tcp_pcb_listen *listener)
{
        struct tcp_pcb *oldest = NULL;
        u32_t most = HALF_OPEN_TICKS;
        for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb != NULL; pcb = pcb->next) {
                if (pcb->state != SYN_RCVD || pcb->listener != listener || tcp_ticks - pcb->tmr < most)
                        continue;
                most = tcp_ticks - pcb->tmr;
                oldest = pcb;
        }
        return oldest;
}

err_t network_segment_arrives(struct tcp_pcb *pcb, struct tcp_hdr *header, struct pbuf *segment)
{
        if ((TCPH_FLAGS(header) & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN)
                return ERR_OK;
        if (pcb->state == LISTEN) {
                const struct tcp_pcb_listen *listener = (const struct tcp_pcb_listen *)(const void *)pcb;
                if (listener->accepts_pending >= listener->backlog && (pcb = oldest_half_open(listener)) != NULL)
                        tcp_abandon(pcb, 0);
                return ERR_OK;
        }
        if (!TCP_SEQ_GT(header->seqno, pcb->rcv_nxt) || !keep_packet(header, segment))
                return ERR_OK;
        tcp_abort(pcb); /* sends nothing in TIME_WAIT */
        return ERR_ABRT;
}

/* Half of them go at once, so that it costs each connection little. */
void network_bound_time_wait(void)
{
        static const struct tcp_pcb *newest;
        static unsigned arrivals;
        if (tcp_tw_pcbs == newest)
                return;
        newest = tcp_tw_pcbs;
        if (++arrivals < network_limits.time_wait / 2)
                return;
        arrivals = 0;
        unsigned kept = 0;
        struct tcp_pcb *pcb = tcp_tw_pcbs;
        for (; pcb != NULL && kept < network_limits.time_wait / 2; pcb = pcb->next)
                kept++;
        while (pcb != NULL) {
                struct tcp_pcb *next = pcb->next;
                tcp_abort(pcb);
                pcb = next;
        }
}
