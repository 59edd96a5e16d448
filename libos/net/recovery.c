/*
 * Loss recovery of TCP. lwIP alone ends fast recovery with the first acknowledgement that takes anything, so that the
 * second of two packets lost in one window waits for the time-out; and it takes three duplicate acknowledgements for a
 * loss, which a few packets on their way cannot bring about. Here:
 *
 * - NewReno (RFC 6582): recovery lasts until all that was on its way when it began has arrived; an acknowledgement of a
 *   part of that means that the packet behind it is lost too, and it is sent at once.
 * - Limited transmit (RFC 3042): each of the first two duplicates lets a new packet out, which may bring the third.
 * - Early retransmit (RFC 5827): where less than four packets are on their way and no new one can follow, one duplicate
 *   less than there are packets is enough.
 *
 * - Duplicates by what they say (RFC 6675 section 2): one that names bytes beyond a hole is a duplicate although its
 *   window has grown, as Linux's does with nearly each packet; lwIP goes by the window (RFC 5681 section 2). And when
 *   one names bytes that were sent after a lost packet was sent again, that one is lost too (as RFC 8985 section 3.4).
 *
 * In a connection's flags TF_RECOVERS says that it recovers, and rto_end, which lwIP uses after time-outs only, is the
 * end of what was on its way. Its one extension argument is the end of what had been sent when a packet was last sent
 * again.
 */
#include <stdbool.h>
#include <string.h>

#include "recovery.h"
#include "segments.h"

#include "lwip/priv/tcp_priv.h"

#define TF_RECOVERS  0x4000u /* no flags of lwIP's */
#define TF_LOST      0x8000u /* what was sent again is lost too */
#define DUPLICATES   3u      /* RFC 5681 section 3.2 */
#define EARLY_FLIGHT 4u      /* RFC 5827 section 3.1: packets on their way, beyond which it does not apply */

#define OPTION_SACK 5 /* RFC 2018 section 3 */

void lwip_tcp_rexmit_fast(struct tcp_pcb *pcb);

/* A packet is about to be sent again, which no time-out has asked for: the next one comes no later for it. */
static void mark(struct tcp_pcb *pcb)
{
        if (pcb->nrtx > 0)
                pcb->nrtx--;
        tcp_ext_arg_set(pcb, 0, (void *)(uintptr_t)pcb->snd_nxt);
        tcp_clear_flags(pcb, TF_LOST);
}

/* In place of lwIP's: the third duplicate has arrived, or what is as good as that. */
void tcp_rexmit_fast(struct tcp_pcb *pcb)
{
        if (pcb->unacked == NULL || (pcb->flags & TF_INFR) != 0)
                return;
        segments_shorten_first(pcb);
        lwip_tcp_rexmit_fast(pcb);
        if ((pcb->flags & (TF_INFR | TF_RTO)) != TF_INFR)
                return;
        pcb->rto_end = pcb->snd_nxt;
        tcp_set_flags(pcb, TF_RECOVERS);
        mark(pcb);
}

/* Recovery goes on: the first packet that has not arrived is sent again. */
static void go_on(struct tcp_pcb *pcb)
{
        const bool acknowledged = (pcb->flags & TF_INFR) == 0; /* lwIP has ended it, rightly or not */
        if (pcb->unacked == NULL || (pcb->flags & TF_RTO) != 0 || !TCP_SEQ_LT(pcb->lastack, pcb->rto_end)) {
                tcp_clear_flags(pcb, TF_RECOVERS | TF_LOST);
                return;
        }
        segments_shorten_first(pcb);
        if (tcp_rexmit(pcb) != ERR_OK) /* the device still reads it; asked again when there is something to send */
                return;
        mark(pcb);
        if (!acknowledged)
                return;
        tcp_set_flags(pcb, TF_INFR);
        pcb->dupacks = DUPLICATES; /* each further duplicate is a packet that has left the network */
        pcb->cwnd = (tcpwnd_size_t)LWIP_MIN(pcb->snd_nxt - pcb->lastack + pcb->mss, TCP_SND_BUF);
}

/* Whether so few packets are on their way that the duplicates that can come have come. */
static bool is_early(const struct tcp_pcb *pcb)
{
        if (pcb->dupacks == 0 || pcb->dupacks >= DUPLICATES || pcb->unsent != NULL || pcb->unacked == NULL ||
            (pcb->flags & (TF_INFR | TF_RTO)) != 0)
                return false;
        const u32_t packets = (pcb->snd_nxt - pcb->lastack + pcb->mss - 1u) / pcb->mss;
        return packets < EARLY_FLIGHT && pcb->dupacks + 1u >= packets && packets > 1;
}

/* The end of what the options say has arrived beyond a hole behind `acknowledged`; `acknowledged`: they say no such
 * thing. */
static u32_t arrived_end(u32_t acknowledged, const u8_t *options, u16_t bytes)
{
        u32_t end = acknowledged;
        for (unsigned at = 0; at + 1u < bytes && options[at] != LWIP_TCP_OPT_EOL;) {
                const unsigned length = options[at] == LWIP_TCP_OPT_NOP ? 1 : options[at + 1];
                if (length == 0 || length > bytes - at)
                        break;
                for (unsigned block = 2; options[at] == OPTION_SACK && block + 8 <= length; block += 8) {
                        u32_t right; /* not beyond what is acknowledged: it came twice (RFC 2883) */
                        memcpy(&right, options + at + block + 4, sizeof(right));
                        right = lwip_ntohl(right);
                        if (TCP_SEQ_GT(right, end))
                                end = right;
                }
                at += length;
        }
        return end;
}

void recovery_acknowledgement_arrives(struct tcp_pcb *pcb, struct tcp_hdr *header, const u8_t *options, u16_t bytes)
{
        if (pcb->unacked == NULL || header->ackno != pcb->lastack)
                return;
        const u32_t end = arrived_end(header->ackno, options, bytes);
        if (end == header->ackno || TCP_SEQ_GT(end, pcb->snd_nxt))
                return;
        /* What it says of the window is heard with the next one. */
        if ((tcpwnd_size_t)SND_WND_SCALE(pcb, header->wnd) > pcb->snd_wnd)
                header->wnd = (u16_t)(pcb->snd_wnd >> pcb->snd_scale);
        if ((pcb->flags & TF_RECOVERS) != 0 && TCP_SEQ_GT(end, (u32_t)(uintptr_t)tcp_ext_arg_get(pcb, 0)))
                tcp_set_flags(pcb, TF_LOST);
}

void recovery_before_output(struct tcp_pcb *pcb)
{
        if (pcb->state < ESTABLISHED || tcp_input_pcb == pcb)
                return;
        if ((pcb->flags & (TF_RECOVERS | TF_INFR)) == TF_RECOVERS || (pcb->flags & TF_LOST) != 0)
                go_on(pcb);
        else if (is_early(pcb))
                tcp_rexmit_fast(pcb);
}

tcpwnd_size_t recovery_beyond_window(const struct tcp_pcb *pcb)
{
        const bool first_duplicates = pcb->dupacks < DUPLICATES && (pcb->flags & (TF_INFR | TF_RTO)) == 0;
        return first_duplicates ? (tcpwnd_size_t)(pcb->dupacks * pcb->mss) : 0;
}

void recovery_end(struct tcp_pcb *pcb)
{
        tcp_clear_flags(pcb, TF_INFR | TF_RECOVERS | TF_LOST);
        pcb->dupacks = 0;
}
