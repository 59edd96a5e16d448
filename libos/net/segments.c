/*
 * Long TCP segments (segments.h). lwIP cuts what is written into segments of a packet each and takes their length for
 * given; here they may be longer than the connection's mss. What makes that true:
 *
 * - While a long segment is written, pcb->mss says how long it may be.
 * - Before lwIP looks at what it may send, the segment that the windows have room for in part only is cut, so that no
 *   segment waits for more room than a packet needs. What is sent again is cut likewise, and without what has arrived.
 * - A frame longer than the interface's MTU is not made into IP fragments when it is such a segment.
 *
 * For the last two, lwIP's own tcp_output and so on are built as lwip_tcp_output and so on (tools/make/lwip.mk), and
 * everybody, lwIP too, calls those here.
 *
 * Invariant: a long segment has no options, and only devices that cut get one: where the route has changed, it is cut.
 */
#include <string.h>

#include "network.h"
#include "recovery.h"
#include "segments.h"

#include "hooks.h"

#include "lwip/ip.h"
#include "lwip/ip4_frag.h"
#include "lwip/ip6_frag.h"
#include "lwip/memp.h"
#include "lwip/nd6.h"
#include "lwip/priv/tcp_priv.h"

#define HEADERS_MOST (14u + IP6_HLEN + TCP_HLEN)
#define LONGEST      (UINT16_MAX - HEADERS_MOST) /* netif.h, virtio: a frame has 16 bits of length */

err_t lwip_tcp_output(struct tcp_pcb *pcb);
void lwip_tcp_rexmit_rto_commit(struct tcp_pcb *pcb);
err_t lwip_tcp_split_unsent_seg(struct tcp_pcb *pcb, u16_t split);
err_t lwip_ip4_frag(struct pbuf *packet, struct netif *netif, const ip4_addr_t *to);
err_t lwip_ip6_frag(struct pbuf *packet, struct netif *netif, const ip6_addr_t *to);

/* ---- Written ---- */

/* How long the connection's segments may be: a number of full packets, if its device cuts. */
static u16_t longest(const struct tcp_pcb *pcb)
{
        const struct netif *netif = pcb->netif_idx != NETIF_NO_INDEX ? netif_get_by_index(pcb->netif_idx)
                                                                     : ip_route(&pcb->local_ip, &pcb->remote_ip);
        const struct interface *interface = netif != NULL ? netif->state : NULL;
        const unsigned capability = IP_IS_V6_VAL(pcb->remote_ip) ? NETDEV_TX_TSO6 : NETDEV_TX_TSO4;
        if (interface == NULL || (interface->info.capabilities & capability) == 0 ||
            ip_addr_eq(&pcb->local_ip, &pcb->remote_ip))
                return pcb->mss;
        return (u16_t)(LONGEST - LONGEST % pcb->mss);
}

/* What the last segment not yet sent may grow to without being longer than lwIP expects of one. */
static u16_t last_unsent(const struct tcp_pcb *pcb)
{
        const struct tcp_seg *segment = pcb->unsent;
        if (segment == NULL)
                return 0;
        while (segment->next != NULL)
                segment = segment->next;
        return (u16_t)(segment->len + pcb->unsent_oversize);
}

static err_t write_in(struct tcp_pcb *pcb, u16_t segment_bytes, const void *data, u16_t bytes, u8_t flags)
{
        const u16_t mss = pcb->mss;
        const u16_t last = last_unsent(pcb);
        pcb->mss = segment_bytes > last ? segment_bytes : last;
        const err_t error = tcp_write(pcb, data, bytes, flags);
        pcb->mss = mss;
        return error;
}

err_t segments_write(struct tcp_pcb *pcb, const void *data, u16_t bytes, u8_t flags)
{
        u16_t most = longest(pcb);
        /* Two should fit the largest window that the peer has had, so that one is on its way while it makes room. */
        if (most > pcb->snd_wnd_max / 2)
                most = (u16_t)(pcb->snd_wnd_max / 2 / pcb->mss * pcb->mss);
        return write_in(pcb, most < pcb->mss ? pcb->mss : most, data, bytes, flags);
}

err_t segments_write_copied(struct tcp_pcb *pcb, const void *data, u16_t bytes, u8_t flags)
{
        return write_in(pcb, pcb->mss, data, bytes, flags | TCP_WRITE_FLAG_COPY);
}

/* ---- Cut ---- */

/* Whether two pbufs may lead to the same memory, since nobody writes to it and it is nobody's to free. */
static bool is_constant(const struct pbuf *pbuf)
{
        return (pbuf->type_internal & (PBUF_TYPE_FLAG_STRUCT_DATA_CONTIGUOUS | PBUF_TYPE_FLAG_DATA_VOLATILE)) == 0;
}

/* What `pbuf` holds from `offset` on, behind room for headers; copied where it cannot be shared. NULL: no memory. */
static struct pbuf *rest_of(struct pbuf *pbuf, u16_t offset)
{
        const u16_t bytes = (u16_t)(pbuf->len - offset);
        const u16_t copied = is_constant(pbuf) ? 0 : bytes;
        struct pbuf *rest = pbuf_alloc(PBUF_TRANSPORT, copied, PBUF_RAM);
        if (rest == NULL)
                return NULL;
        if (copied != 0)
                memcpy(rest->payload, (const char *)pbuf->payload + offset, copied);
        if (bytes == copied)
                return rest;
        struct pbuf *reference = pbuf_alloc_reference((char *)pbuf->payload + offset, bytes, PBUF_ROM);
        if (reference == NULL) {
                pbuf_free(rest);
                return NULL;
        }
        pbuf_cat(rest, reference);
        return rest;
}

/* A segment behind `segment`, without the payload: its header as if the first `bytes` were missing. */
static struct tcp_seg *header_behind(const struct tcp_seg *segment, u16_t bytes, struct pbuf *payload)
{
        struct tcp_seg *rest = memp_malloc(MEMP_TCP_SEG);
        if (rest == NULL || pbuf_add_header(payload, TCP_HLEN) != 0) {
                memp_free(MEMP_TCP_SEG, rest);
                return NULL;
        }
        *rest = (struct tcp_seg){.next = segment->next,
                                 .p = payload,
                                 .len = (u16_t)(segment->len - bytes),
                                 .flags = segment->flags,
                                 .tcphdr = payload->payload};
        memcpy(rest->tcphdr, segment->tcphdr, TCP_HLEN);
        rest->tcphdr->seqno = lwip_htonl(lwip_ntohl(segment->tcphdr->seqno) + bytes);
        return rest;
}

/* Leaves the segment `bytes` of its payload; the rest becomes the one behind it. False: no memory, or it is in use. */
static bool cut(struct tcp_pcb *pcb, struct tcp_seg *segment, u16_t bytes)
{
        if (segment->p->ref != 1) /* the device reads it */
                return false;
        u16_t offset = (u16_t)(segment->p->tot_len - segment->len + bytes);
        struct pbuf *last = segment->p;
        for (; offset > last->len; last = last->next)
                offset = (u16_t)(offset - last->len);
        struct pbuf *payload = rest_of(last, offset);
        struct tcp_seg *rest = payload != NULL ? header_behind(segment, bytes, payload) : NULL;
        if (rest == NULL) {
                if (payload != NULL)
                        pbuf_free(payload);
                return false;
        }
        u16_t pieces = (u16_t)(pcb->snd_queuelen - pbuf_clen(segment->p));
        if (last->next != NULL)
                pbuf_cat(payload, last->next);
        last->next = NULL;
        last->len = offset;
        for (struct pbuf *piece = segment->p; piece != NULL; piece = piece->next)
                piece->tot_len = (u16_t)(piece->tot_len - rest->len);
        pieces = (u16_t)(pieces + pbuf_clen(segment->p) + pbuf_clen(payload));
        pcb->snd_queuelen = pieces;
        TCPH_FLAGS_SET(segment->tcphdr, TCPH_FLAGS(segment->tcphdr) & ~(TCP_PSH | TCP_FIN));
        segment->len = bytes;
        segment->next = rest;
        if (rest->next == NULL)
                pcb->unsent_oversize = 0; /* room behind it, if there was any, is not behind the rest */
        return true;
}

/* Takes what the peer has acknowledged of the first segment of a queue off it. */
static void forget_acknowledged(struct tcp_pcb *pcb, struct tcp_seg **queue)
{
        struct tcp_seg *segment = *queue;
        const u32_t arrived = pcb->lastack - lwip_ntohl(segment->tcphdr->seqno);
        if (arrived == 0 || arrived >= segment->len || !cut(pcb, segment, (u16_t)arrived))
                return;
        *queue = segment->next;
        pcb->snd_queuelen = (u16_t)(pcb->snd_queuelen - pbuf_clen(segment->p));
        pcb->snd_buf = (tcpwnd_size_t)(pcb->snd_buf + segment->len); /* as when lwIP frees one that is acknowledged */
        tcp_seg_free(segment);
}

void segments_shorten_first(struct tcp_pcb *pcb)
{
        if (pcb->unacked->len > pcb->mss)
                forget_acknowledged(pcb, &pcb->unacked);
        if (pcb->unacked->len > pcb->mss)
                (void)cut(pcb, pcb->unacked, pcb->mss);
}

/*
 * Cuts the first unsent segment that the windows have no room for: what fits becomes one of its own. With bytes on
 * their way that waits until there is room for more than small change, an acknowledgement is about to come; but not
 * when a packet seems lost, since what arrives behind it says so.
 */
static void fit(struct tcp_pcb *pcb, bool lost)
{
        if (pcb->unsent == NULL || pcb->state == LISTEN || tcp_input_pcb == pcb)
                return;
        const u32_t window = LWIP_MIN(pcb->snd_wnd, pcb->cwnd);
        u16_t limit = 0;
        if (pcb->unsent->len > pcb->mss)
                forget_acknowledged(pcb, &pcb->unsent);
        for (struct tcp_seg *segment = pcb->unsent; segment != NULL; segment = segment->next) {
                /* Below 0 where a part has been acknowledged. */
                const s32_t room = (s32_t)(pcb->lastack + window - lwip_ntohl(segment->tcphdr->seqno));
                if (segment->len > pcb->mss && limit == 0)
                        limit = longest(pcb);
                if (segment->len > pcb->mss && segment->len > limit && !cut(pcb, segment, pcb->mss))
                        return;
                if (room >= segment->len)
                        continue;
                const bool waiting = pcb->unacked != NULL || segment != pcb->unsent;
                if (segment->len > pcb->mss && room >= pcb->mss && (!waiting || lost || (u32_t)room >= window / 2))
                        (void)cut(pcb, segment, (u16_t)(room - room % pcb->mss));
                return;
        }
}

/* ---- Sent ---- */

/* The long segment that is on its way through lwIP's layers to an interface. */
static struct {
        const struct pbuf *frame;
        u16_t cut;
} leaving;

u32_t *network_segment_leaves(const struct pbuf *segment, const struct tcp_hdr *header, const struct tcp_pcb *pcb,
                              u32_t *options)
{
        leaving.frame = pcb != NULL && segment->tot_len > pcb->mss + TCPH_HDRLEN_BYTES(header) ? segment : NULL;
        if (leaving.frame != NULL)
                leaving.cut = pcb->mss;
        return options;
}

uint16_t segments_cut(const struct pbuf *frame)
{
        return frame == leaving.frame ? leaving.cut : 0;
}

/* ---- In place of lwIP's ---- */

err_t tcp_output(struct tcp_pcb *pcb)
{
        /* lwIP goes on to probe a shut window with nothing left to send, and asserts that there is something. */
        if (pcb->unsent == NULL)
                pcb->persist_backoff = 0;
        recovery_before_output(pcb);
        const tcpwnd_size_t beyond = recovery_beyond_window(pcb);
        pcb->cwnd = (tcpwnd_size_t)(pcb->cwnd + beyond);
        fit(pcb, beyond != 0 || (pcb->flags & TF_INFR) != 0);
        const err_t error = lwip_tcp_output(pcb);
        pcb->cwnd = (tcpwnd_size_t)(pcb->cwnd - beyond);
        leaving.frame = NULL;
        return error;
}

void tcp_rexmit_rto_commit(struct tcp_pcb *pcb)
{
        recovery_end(pcb);
        fit(pcb, true);
        lwip_tcp_rexmit_rto_commit(pcb);
        leaving.frame = NULL;
}

/* The peer's window has been too small for the first segment for long. */
err_t tcp_split_unsent_seg(struct tcp_pcb *pcb, u16_t split)
{
        const struct tcp_seg *first = pcb->unsent;
        if (first != NULL && first->len > pcb->mss) {
                if (!cut(pcb, pcb->unsent, pcb->mss))
                        return ERR_MEM;
                if (pcb->snd_wnd >= pcb->mss)
                        return ERR_OK;
        }
        return lwip_tcp_split_unsent_seg(pcb, split);
}

err_t ip4_frag(struct pbuf *packet, struct netif *netif, const ip4_addr_t *to)
{
        return packet == leaving.frame ? netif->output(netif, packet, to) : lwip_ip4_frag(packet, netif, to);
}

err_t ip6_frag(struct pbuf *packet, struct netif *netif, const ip6_addr_t *to)
{
        if (packet != leaving.frame)
                return lwip_ip6_frag(packet, netif, to);
        /* A router on the way may have asked for less than the connection agreed on. */
        const u16_t most = (u16_t)(nd6_get_destination_mtu(to, netif) - IP6_HLEN - TCP_HLEN);
        if (leaving.cut > most)
                leaving.cut = most;
        return netif->output_ip6(netif, packet, to);
}
