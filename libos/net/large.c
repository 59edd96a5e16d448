/*
 * Large frames for devices that cut them (TSO). lwIP builds one segment after the other; those of a connection that
 * continue one another, in headers as in sequence numbers, are kept until one does not, until one has PSH or FIN or is
 * shorter, or until the batch ends; then they go to the device as one frame: a copy of the first one's headers with
 * the length of the whole, and the payloads where they lie. A device that cuts it makes the same segments again.
 *
 * Invariant: every frame kept holds a reference; all but the last kept have segment_bytes of payload.
 */
#include <errno.h>
#include <string.h>

#include "offload.h"

#include "lwip/inet_chksum.h"
#include "lwip/prot/ethernet.h"
#include "lwip/prot/ip.h"
#include "lwip/prot/ip4.h"
#include "lwip/prot/ip6.h"
#include "lwip/prot/tcp.h"

#define FRAMES_MAX  45u /* of 1,448 bytes, what 64 KiB hold */
#define BYTES_MAX   65535u
#define HEADERS_MAX (ETHERNET_HEADER + IP6_HLEN + 60u)
#define PAYLOAD_MIN 512u /* shorter segments are not worth it */

/* A frame's headers, if they are TCP's in one piece, without IP options or fragments. */
struct view {
        uint8_t *bytes;
        struct tcp_hdr *tcp;
        uint16_t header_bytes;
        uint32_t payload;
        bool ipv6;
};

struct large {
        struct pbuf *frames[FRAMES_MAX];
        struct view first;
        unsigned count;
        unsigned pieces;        /* of payload, contiguous ones counted once */
        const uint8_t *end;     /* of the last piece */
        uint32_t bytes;         /* headers once, and payloads */
        uint32_t next;          /* sequence number that continues it */
        uint16_t segment_bytes; /* payload of the first */
        uint16_t header_bytes;  /* Ethernet, IP and TCP */
        bool ipv6;
        uint8_t last_flags; /* TCP's, of the last frame */
        uint8_t header[HEADERS_MAX];
};

static bool look(const struct pbuf *frame, struct view *view)
{
        u16_t type;
        view->bytes = frame->payload;
        if (frame->len < ETHERNET_HEADER + IP6_HLEN + sizeof(struct tcp_hdr) &&
            frame->len < ETHERNET_HEADER + IP_HLEN + sizeof(struct tcp_hdr))
                return false;
        memcpy(&type, view->bytes + 12, sizeof(type));
        view->ipv6 = type == PP_HTONS(ETHTYPE_IPV6);
        if (view->ipv6) {
                const struct ip6_hdr *ip = (const struct ip6_hdr *)(const void *)(view->bytes + ETHERNET_HEADER);
                if (frame->len < ETHERNET_HEADER + IP6_HLEN + sizeof(struct tcp_hdr) || IP6H_NEXTH(ip) != IP_PROTO_TCP)
                        return false;
        } else {
                const struct ip_hdr *ip = (const struct ip_hdr *)(const void *)(view->bytes + ETHERNET_HEADER);
                if (type != PP_HTONS(ETHTYPE_IP) || IPH_PROTO(ip) != IP_PROTO_TCP || IPH_HL_BYTES(ip) != IP_HLEN)
                        return false;
        }
        const unsigned before = ETHERNET_HEADER + (view->ipv6 ? IP6_HLEN : IP_HLEN);
        view->tcp = (struct tcp_hdr *)(void *)(view->bytes + before);
        view->header_bytes = (uint16_t)(before + TCPH_HDRLEN_BYTES(view->tcp));
        if (frame->len < view->header_bytes)
                return false;
        view->payload = frame->tot_len - (uint32_t)view->header_bytes;
        return true;
}

/* What differs between the `bytes` (2, 4 or 8, a constant) that are at `at` of both. */
static inline uint64_t differs(const uint8_t *a, const uint8_t *b, unsigned at, size_t bytes)
{
        uint64_t x = 0, y = 0;
        __builtin_memcpy(&x, a + at, bytes);
        __builtin_memcpy(&y, b + at, bytes);
        return x ^ y;
}

/* Of Ethernet and IPv4, everything but the length, the identification and the checksum. */
static uint64_t ip4_differs(const uint8_t *a, const uint8_t *b)
{
        return differs(a, b, 0, 8) | differs(a, b, 8, 8) | differs(a, b, 20, 4) | differs(a, b, 26, 8);
}

/* Of Ethernet and IPv6, everything but the length. */
static uint64_t ip6_differs(const uint8_t *a, const uint8_t *b)
{
        return differs(a, b, 0, 8) | differs(a, b, 8, 8) | differs(a, b, 16, 2) | differs(a, b, 20, 8) |
               differs(a, b, 28, 8) | differs(a, b, 36, 8) | differs(a, b, 44, 8) | differs(a, b, 52, 2);
}

/* Everything but what differs from segment to segment: those, TCP's sequence number, flags and checksum. */
static bool headers_match(const struct view *a, const struct view *b)
{
        if (a->ipv6 != b->ipv6 || a->header_bytes != b->header_bytes ||
            (a->ipv6 ? ip6_differs(a->bytes, b->bytes) : ip4_differs(a->bytes, b->bytes)) != 0)
                return false;
        const uint8_t *s = (const uint8_t *)a->tcp, *t = (const uint8_t *)b->tcp;
        const size_t plain = (size_t)(s - a->bytes) + sizeof(struct tcp_hdr);
        return (differs(s, t, 0, 4) | differs(s, t, 8, 4) | differs(s, t, 14, 2) | differs(s, t, 18, 2)) == 0 &&
               (a->header_bytes == plain || memcmp(a->bytes + plain, b->bytes + plain, a->header_bytes - plain) == 0);
}

/* The payload's pieces of a frame: calls add(ctx, data, bytes) for each. */
static void each_piece(const struct pbuf *frame, uint16_t header_bytes,
                       void (*add)(void *ctx, const uint8_t *data, uint16_t bytes), void *ctx)
{
        uint16_t skip = header_bytes;
        for (const struct pbuf *piece = frame; piece != NULL; piece = piece->next) {
                if (piece->len > skip)
                        add(ctx, (const uint8_t *)piece->payload + skip, (uint16_t)(piece->len - skip));
                skip = 0;
        }
}

struct tally {
        unsigned pieces;
        const uint8_t *end;
};

static void count_piece(void *ctx, const uint8_t *data, uint16_t bytes)
{
        struct tally *tally = ctx;
        tally->pieces += data != tally->end;
        tally->end = data + bytes;
}

/* Keeps the frame if its payload fits, too. */
static bool append(struct large *large, struct pbuf *frame, const struct view *view)
{
        struct tally tally = {.pieces = large->pieces, .end = large->end};
        each_piece(frame, view->header_bytes, count_piece, &tally);
        if (large->count == FRAMES_MAX || tally.pieces + 1 > NETDEV_SEGMENTS_MAX ||
            large->bytes + view->payload > BYTES_MAX)
                return false;
        pbuf_ref(frame);
        large->frames[large->count++] = frame;
        large->pieces = tally.pieces;
        large->end = tally.end;
        large->bytes += view->payload;
        large->next = lwip_ntohl(view->tcp->seqno) + view->payload;
        large->last_flags = TCPH_FLAGS(view->tcp);
        return true;
}

static bool continues(const struct large *large, const struct view *view)
{
        return lwip_ntohl(view->tcp->seqno) == large->next && view->payload <= large->segment_bytes &&
               headers_match(&large->first, view);
}

/* Begins a large frame with this one, which promises more of its kind. */
static bool begin(struct interface *interface, struct pbuf *frame, const struct view *view)
{
        const unsigned capability = view->ipv6 ? NETDEV_TX_TSO6 : NETDEV_TX_TSO4;
        if ((interface->info.capabilities & capability) == 0 || view->payload < PAYLOAD_MIN ||
            TCPH_FLAGS(view->tcp) != TCP_ACK || network_heap_low())
                return false;
        struct large *large = network_heap_alloc(sizeof(*large));
        if (large == NULL)
                return false;
        large->first = *view;
        large->count = large->pieces = 0;
        large->end = NULL;
        large->header_bytes = view->header_bytes;
        large->bytes = view->header_bytes;
        large->segment_bytes = (uint16_t)view->payload;
        large->ipv6 = view->ipv6;
        if (!append(large, frame, view)) {
                network_heap_free(large);
                return false;
        }
        interface->large = large;
        return true;
}

enum large_result large_take(struct interface *interface, struct pbuf *frame, bool alone)
{
        struct view view;
        if ((interface->info.capabilities & (NETDEV_TX_TSO4 | NETDEV_TX_TSO6)) == 0)
                return LARGE_NOT;
        const bool tcp = !alone && look(frame, &view) && (TCPH_FLAGS(view.tcp) & ~(TCP_PSH | TCP_FIN)) == TCP_ACK &&
                         view.payload != 0;
        if (interface->large != NULL) {
                const struct large *large = interface->large;
                if (tcp && large->last_flags == TCP_ACK && continues(large, &view) &&
                    append(interface->large, frame, &view)) {
                        if (view.payload < large->segment_bytes || TCPH_FLAGS(view.tcp) != TCP_ACK)
                                (void)large_send(interface); /* what the ring has no room for is kept */
                        return LARGE_TAKEN;
                }
                if (large_send(interface) != 0)
                        return LARGE_BUSY;
        }
        return tcp && begin(interface, frame, &view) ? LARGE_TAKEN : LARGE_NOT;
}

/* ---- To the device ---- */

static void done(void *cookie)
{
        struct large *large = cookie;
        for (unsigned i = 0; i < large->count; i++)
                pbuf_free(large->frames[i]);
        network_heap_free(large);
}

struct gathering {
        struct netdev_segment segments[NETDEV_SEGMENTS_MAX];
        unsigned count;
};

static void gather_piece(void *ctx, const uint8_t *data, uint16_t bytes)
{
        struct gathering *gathering = ctx;
        struct netdev_segment *last = &gathering->segments[gathering->count - 1];
        if (gathering->count > 1 && (const uint8_t *)last->data + last->length == data)
                last->length += bytes;
        else
                gathering->segments[gathering->count++] = (struct netdev_segment){data, bytes};
}

/* The first frame's headers, with the length of the whole and the flags of the last. */
static void write_header(struct large *large)
{
        const u16_t ip_bytes = (u16_t)(large->bytes - ETHERNET_HEADER);
        memcpy(large->header, large->frames[0]->payload, large->header_bytes);
        uint8_t *tcp = large->header + ETHERNET_HEADER;
        if (large->ipv6) {
                struct ip6_hdr *ip = (struct ip6_hdr *)(void *)tcp;
                IP6H_PLEN_SET(ip, (u16_t)(ip_bytes - IP6_HLEN));
                tcp += IP6_HLEN;
        } else {
                struct ip_hdr *ip = (struct ip_hdr *)(void *)tcp;
                IPH_LEN_SET(ip, lwip_htons(ip_bytes));
                IPH_CHKSUM_SET(ip, 0);
                IPH_CHKSUM_SET(ip, inet_chksum(ip, IP_HLEN));
                tcp += IP_HLEN;
        }
        TCPH_SET_FLAG((struct tcp_hdr *)(void *)tcp, large->last_flags);
}

static int send_whole(struct interface *interface, struct large *large)
{
        struct gathering gathering;
        struct netdev_offload offload = {
                .segment_bytes = large->segment_bytes, .header_bytes = large->header_bytes, .ipv6 = large->ipv6};
        write_header(large);
        offload_checksum(interface, large->header, large->bytes, &offload);
        gathering.segments[0] = (struct netdev_segment){large->header, large->header_bytes};
        gathering.count = 1;
        for (unsigned i = 0; i < large->count; i++)
                each_piece(large->frames[i], large->header_bytes, gather_piece, &gathering);
        return interface_transmit(interface, gathering.segments, gathering.count, &offload, done, large);
}

int large_send(struct interface *interface)
{
        struct large *large = interface->large;
        if (large == NULL)
                return 0;
        int error;
        if (large->count == 1) {
                error = interface_send(interface, large->frames[0], 0); /* which gives its reference back */
                if (error == 0)
                        network_heap_free(large);
        } else {
                error = send_whole(interface, large);
        }
        if (error == -EAGAIN)
                return error;
        interface->large = NULL;
        if (error == 0)
                interface->transmitted = true;
        else
                done(large); /* lost, as on a wire: TCP sends it again */
        return 0;
}
