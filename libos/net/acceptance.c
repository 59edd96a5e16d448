/*
 * Which segments of a connection are acceptable (RFC 9293 section 3.10.7.4, RFC 5961 sections 3 to 5). lwIP looks at a
 * segment's window, acknowledgement and payload without these checks: one packet from whoever knows the connection's
 * ports would shut the window, a few thousand would put bytes between those of the peer. And it takes a peer at its
 * word that bytes behind a hole are within the window and before the FIN, and asserts so when the hole is filled.
 *
 * Resets and SYNs pass: lwIP takes a reset with the number expected only, and answers others in the window, and SYNs,
 * with an acknowledgement, which is what the RFCs ask for.
 */
#include <stdbool.h>
#include <stdint.h>

#include "lwip/priv/tcp_priv.h"

#include LWIP_HOOK_FILENAME

/*
 * As wide as Linux's: what begins at the window's end is acceptable, for the window may have been full; so is what ends
 * where the window begins, for a FIN that comes again may bring the acknowledgement of the guest's.
 */
static bool is_in_window(const struct tcp_pcb *pcb, u32_t begin, u32_t end)
{
        return TCP_SEQ_GEQ(end, pcb->rcv_nxt) && TCP_SEQ_LEQ(begin, pcb->rcv_nxt + pcb->rcv_wnd);
}

/* A half-open connection's first acknowledgement is lwIP's to judge: a wrong one is to be answered with a reset. */
static bool acknowledges_what_was_sent(const struct tcp_pcb *pcb, u32_t acknowledged)
{
        return pcb->state == SYN_RCVD || TCP_SEQ_BETWEEN(acknowledged, pcb->lastack - pcb->snd_wnd_max, pcb->snd_nxt);
}

/* Whether a FIN waits behind a hole, and bytes up to `end` would go beyond it. */
static bool is_beyond_fin(const struct tcp_pcb *pcb, u32_t end)
{
        const struct tcp_seg *last = pcb->ooseq;
        if (last == NULL)
                return false;
        while (last->next != NULL)
                last = last->next;
        return (TCPH_FLAGS(last->tcphdr) & TCP_FIN) != 0 && TCP_SEQ_GT(end, last->tcphdr->seqno + last->len);
}

/* Without a hole before them lwIP cuts off the bytes that are beyond the window. */
static bool is_beyond_window(const struct tcp_pcb *pcb, u32_t begin, u32_t end)
{
        return TCP_SEQ_GT(begin, pcb->rcv_nxt) && TCP_SEQ_GT(end, pcb->rcv_nxt + pcb->rcv_wnd);
}

/*
 * Without payload, once in half a second (a tick of lwIP's): when both ends find the other's numbers wrong, each answer
 * would be answered, for ever (RFC 5961 section 7).
 */
static void answer(struct tcp_pcb *pcb, const struct pbuf *segment)
{
        void *const now = (void *)(uintptr_t)(tcp_ticks + 1ull);
        if (segment->tot_len == 0 && tcp_ext_arg_get(pcb, 1) == now)
                return;
        tcp_ext_arg_set(pcb, 1, now);
        tcp_send_empty_ack(pcb);
}

bool network_segment_is_acceptable(struct tcp_pcb *pcb, const struct tcp_hdr *header, const struct pbuf *segment)
{
        const u8_t flags = TCPH_FLAGS(header);
        if (pcb->state == SYN_SENT || (flags & (TCP_RST | TCP_SYN)) != 0)
                return true;
        if ((flags & TCP_ACK) == 0)
                return false;
        const u32_t begin = header->seqno, bytes_end = begin + segment->tot_len;
        const u32_t end = bytes_end + ((flags & TCP_FIN) != 0 ? 1 : 0);
        if (is_in_window(pcb, begin, end) && acknowledges_what_was_sent(pcb, header->ackno) &&
            !is_beyond_window(pcb, begin, end) && !is_beyond_fin(pcb, bytes_end))
                return true;
        answer(pcb, segment);
        return false;
}
