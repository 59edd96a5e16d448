/*
 * netfront, transmit side (public/io/netif.h, "Guest transmit").
 *
 * The backend maps what it does not copy, and a mapping is dear: a frame goes out in as few requests as can be. What
 * fills its pages is granted where it lies; what is scattered is copied into slots, pages that stay granted.
 *
 * Invariant: every id below XEN_NET_RING is on the free chain or in exactly one request on the ring, whose `frame` is
 * the id of its frame's first request.
 */
#include <errno.h>
#include <string.h>

#include <coracle/memory.h>
#include <platform.h>
#include <xen/net/net.h>

#include <xen/io/netif.h>

#define PAGE         ((uint32_t)PLATFORM_PAGE_SIZE)
#define COPY_SMALL   256u /* below, copying costs less than granting */
#define COPY_HEADERS 128u /* of a large frame */
#define FRAME_MAX    XEN_NETIF_MAX_TX_SIZE
#define PIECES_MAX   XEN_NETIF_NR_SLOTS_MIN /* what every backend takes */
#define NO_ID        UINT16_MAX

struct xen_net_slot {
        struct xen_net_slot *next; /* of the free chain */
        uint8_t *memory;           /* a page */
        grant_reference grant;     /* GRANT_NONE: not granted now */
};

struct xen_net_request {
        uint16_t next;             /* of the free chain */
        uint16_t frame;            /* NO_ID: free */
        bool answered;             /* and kept only for what follows */
        grant_reference grant;     /* to revoke when it is answered, when there is no slot */
        struct xen_net_slot *slot; /* that it was copied to, or NULL */
        /* Of the frame, in its first request: */
        bool dropped;
        uint16_t unanswered;
        void (*done)(void *cookie);
        void *cookie;
};

/* A part of a frame within one page. */
struct piece {
        const void *data;
        uint32_t bytes;
        grant_reference grant;
        struct xen_net_slot *slot; /* that it was copied to, or NULL: granted where it lies */
};

struct frame {
        struct piece pieces[PIECES_MAX];
        unsigned count;
        uint32_t bytes;
};

int xen_net_transmit_init(struct xen_net *net)
{
        struct xen_net_transmit *tx = &net->transmit;
        tx->requests = page_alloc(page_order(XEN_NET_RING * sizeof *tx->requests));
        tx->slots = page_alloc(page_order(net->limits.slots * sizeof *tx->slots));
        if (tx->requests == NULL || tx->slots == NULL)
                return -ENOMEM; /* what there was of it is lost with the device */
        tx->unused = XEN_NET_RING;
        for (unsigned i = 0; i < XEN_NET_RING; i++)
                tx->requests[i] = (struct xen_net_request){
                        .next = (uint16_t)(i + 1 < XEN_NET_RING ? i + 1 : NO_ID),
                        .frame = NO_ID,
                };
        return 0;
}

/* ---- Slots ---- */

static void put_slot(struct xen_net_transmit *tx, struct xen_net_slot *slot)
{
        slot->next = tx->free_slot;
        tx->free_slot = slot;
}

/* One more slot, with a page of its own. */
static void make_slot(struct xen_net *net)
{
        struct xen_net_transmit *tx = &net->transmit;
        uint8_t *page = tx->slots_made < net->limits.slots ? page_alloc(0) : NULL;
        if (page == NULL)
                return;
        struct xen_net_slot *slot = &tx->slots[tx->slots_made++];
        *slot = (struct xen_net_slot){.memory = page};
        put_slot(tx, slot);
}

/* A slot that is granted, or NULL. */
static struct xen_net_slot *take_slot(struct xen_net *net)
{
        struct xen_net_transmit *tx = &net->transmit;
        if (tx->free_slot == NULL)
                make_slot(net);
        struct xen_net_slot *slot = tx->free_slot;
        if (slot == NULL || (slot->grant == GRANT_NONE &&
                             grant_page(net->device.backend_domain, slot->memory, true, &slot->grant) != 0))
                return NULL;
        tx->free_slot = slot->next;
        return slot;
}

/* ---- From segments to pieces ---- */

static uint32_t offset_of(const void *data)
{
        return (uint32_t)((uintptr_t)data % PAGE);
}

/* Adds bytes at the end of the frame's last slot, taking more slots as need be. Returns 0 or an error. */
static int copy_segment(struct xen_net *net, struct frame *frame, const struct netdev_segment *segment)
{
        const uint8_t *data = segment->data;
        uint32_t left = segment->length;
        while (left != 0) {
                struct piece *last = frame->count != 0 ? &frame->pieces[frame->count - 1] : NULL;
                if (last == NULL || last->slot == NULL || last->bytes == PAGE) {
                        struct xen_net_slot *slot = frame->count != PIECES_MAX ? take_slot(net) : NULL;
                        if (slot == NULL)
                                return frame->count == PIECES_MAX ? -EMSGSIZE : -EAGAIN;
                        last = &frame->pieces[frame->count++];
                        *last = (struct piece){.data = slot->memory, .grant = slot->grant, .slot = slot};
                }
                const uint32_t bytes = left < PAGE - last->bytes ? left : PAGE - last->bytes;
                memcpy(last->slot->memory + last->bytes, data, bytes);
                last->bytes += bytes;
                data += bytes;
                left -= bytes;
        }
        return 0;
}

/* Grants the segment where it lies, page by page. Returns 0 or an error. */
static int grant_segment(const struct xen_net *net, struct frame *frame, const struct netdev_segment *segment)
{
        const uint8_t *data = segment->data;
        uint32_t left = segment->length;
        while (left != 0) {
                struct piece piece = {.data = data, .bytes = PAGE - offset_of(data)};
                if (piece.bytes > left)
                        piece.bytes = left;
                if (frame->count == PIECES_MAX)
                        return -EMSGSIZE;
                const int error = grant_page(net->device.backend_domain, data, true, &piece.grant);
                if (error != 0)
                        return error == -EINVAL ? error : -EAGAIN;
                frame->pieces[frame->count++] = piece;
                data += piece.bytes;
                left -= piece.bytes;
        }
        return 0;
}

/*
 * How many leading segments to copy: all, unless the frame takes hardly more requests where it lies, its headers aside
 * (two more: for the headers, and for data that does not begin with a page).
 */
static unsigned to_copy(const struct xen_net *net, const struct netdev_segment *segments, unsigned count,
                        uint32_t bytes)
{
        unsigned copied = 0;
        uint32_t headers = 0;
        while (copied < count && segments[copied].length <= COPY_HEADERS - headers)
                headers += segments[copied++].length;
        uint32_t pages = copied != 0;
        for (unsigned i = copied; i < count; i++)
                pages += (offset_of(segments[i].data) + segments[i].length + PAGE - 1) / PAGE;
        if (pages == 1 && bytes > COPY_SMALL)
                return copied;
        return bytes > PAGE && pages <= (bytes + PAGE - 1) / PAGE + 2 && net->scatter_gather ? copied : count;
}

/* What was taken for the frame goes back. */
static void undo(struct xen_net *net, const struct frame *frame)
{
        for (unsigned i = 0; i < frame->count; i++) {
                if (frame->pieces[i].slot != NULL)
                        put_slot(&net->transmit, frame->pieces[i].slot);
                else
                        (void)grant_revoke(frame->pieces[i].grant);
        }
}

/* Makes the frame's pieces, granted. Returns 0, or an error with nothing taken. */
static int gather(struct xen_net *net, const struct netdev_segment *segments, unsigned count, struct frame *frame)
{
        const unsigned copied = to_copy(net, segments, count, frame->bytes);
        int error = 0;
        for (unsigned i = 0; i < count && error == 0; i++)
                error = i < copied ? copy_segment(net, frame, &segments[i]) : grant_segment(net, frame, &segments[i]);
        if (error == 0 && frame->count > 1 && !net->scatter_gather)
                error = -EMSGSIZE;
        if (error != 0)
                undo(net, frame);
        return error;
}

/* ---- Transmit ---- */

/* Whether the backend can do what is asked, and the frame is what it says. Returns 0 or an error. */
static int check_request(const struct xen_net *net, uint32_t bytes, const struct netdev_offload *offload)
{
        const unsigned capabilities = net->netdev.info.capabilities;
        if (bytes < ETHERNET_HEADER_BYTES)
                return -EINVAL;
        if (offload->checksum && ((capabilities & NETDEV_TX_CHECKSUM) == 0 ||
                                  offload->checksum_start + offload->checksum_offset + 2u > bytes))
                return -EINVAL;
        if (offload->segment_bytes == 0)
                return bytes > net->netdev.info.mtu + ETHERNET_HEADER_BYTES ? -EMSGSIZE : 0;
        if ((capabilities & (offload->ipv6 ? NETDEV_TX_TSO6 : NETDEV_TX_TSO4)) == 0 || !offload->checksum ||
            offload->header_bytes >= bytes)
                return -EINVAL;
        return 0;
}

static void write_extra(struct xen_net_transmit *tx, const struct netdev_offload *offload)
{
        const struct netif_extra_info extra = {
                .type = XEN_NETIF_EXTRA_TYPE_GSO,
                .u.gso = {.size = offload->segment_bytes,
                          .type = offload->ipv6 ? XEN_NETIF_GSO_TYPE_TCPV6 : XEN_NETIF_GSO_TYPE_TCPV4},
        };
        memcpy(RING_SLOT(&tx->ring, struct netif_tx_request, tx->ring.produced++), &extra, sizeof extra);
        tx->extras++;
}

/* One request for each piece; the first one's size is the whole frame's. Returns the first one's id. */
static uint16_t write_requests(struct xen_net_transmit *tx, const struct frame *frame,
                               const struct netdev_offload *offload)
{
        const uint16_t first = tx->free;
        for (unsigned i = 0; i < frame->count; i++) {
                const struct piece *piece = &frame->pieces[i];
                const uint16_t id = tx->free;
                const bool segmented = i == 0 && offload->segment_bytes != 0;
                uint16_t flags = i + 1 < frame->count ? NETTXF_more_data : 0;
                if (i == 0 && offload->checksum)
                        flags |= NETTXF_csum_blank | NETTXF_data_validated;
                if (segmented)
                        flags |= NETTXF_extra_info;
                tx->free = tx->requests[id].next;
                tx->unused--;
                tx->requests[id].frame = first;
                tx->requests[id].answered = false;
                tx->requests[id].grant = piece->grant;
                tx->requests[id].slot = piece->slot;
                *RING_SLOT(&tx->ring, struct netif_tx_request, tx->ring.produced++) = (struct netif_tx_request){
                        .gref = piece->grant,
                        .offset = (uint16_t)offset_of(piece->data),
                        .flags = flags,
                        .id = id,
                        .size = (uint16_t)(i == 0 ? frame->bytes : piece->bytes),
                };
                if (segmented)
                        write_extra(tx, offload);
        }
        return first;
}

static int refuse(struct xen_net *net, int error)
{
        if (error == -EAGAIN)
                net->transmit.refused = true;
        else
                net->netdev.statistics.tx_errors++;
        return error;
}

/* Everything that may fail, nothing of which shows on the ring. */
static int prepare(struct xen_net *net, const struct netdev_segment *segments, unsigned count,
                   const struct netdev_offload *offload, struct frame *frame)
{
        if (count > NETDEV_SEGMENTS_MAX)
                return -EMSGSIZE;
        for (unsigned i = 0; i < count; i++) {
                if (segments[i].length > FRAME_MAX - frame->bytes)
                        return -EMSGSIZE;
                frame->bytes += segments[i].length;
        }
        const int error = check_request(net, frame->bytes, offload);
        if (error != 0)
                return error;
        if (ring_room(&net->transmit.ring) < PIECES_MAX + 1 || net->transmit.unused < PIECES_MAX)
                return -EAGAIN;
        return gather(net, segments, count, frame);
}

int xen_net_transmit(struct netdev *netdev, const struct netdev_segment *segments, unsigned count,
                     const struct netdev_offload *offload, void (*done)(void *cookie), void *cookie)
{
        static const struct netdev_offload nothing;
        struct xen_net *net = xen_net_of(netdev);
        struct frame frame;
        frame.count = 0;
        frame.bytes = 0;
        if (offload == NULL)
                offload = &nothing;
        if (!net->up) {
                netdev->statistics.tx_dropped++;
                return -ENETDOWN;
        }
        const int error = prepare(net, segments, count, offload, &frame);
        if (error != 0)
                return refuse(net, error);
        struct xen_net_request *request = &net->transmit.requests[write_requests(&net->transmit, &frame, offload)];
        request->unanswered = (uint16_t)frame.count;
        request->dropped = false;
        request->done = done;
        request->cookie = cookie;
        net->transmit.accepted++;
        netdev->statistics.tx_packets++;
        netdev->statistics.tx_bytes += frame.bytes;
        return 0;
}

void xen_net_flush(struct netdev *netdev)
{
        struct xen_net *net = xen_net_of(netdev);
        if (net->up && ring_publish(&net->transmit.ring)) {
                (void)event_send(net->transmit.port);
                netdev->statistics.kicks++;
        }
}

/* ---- Completion ---- */

static void put_id(struct xen_net_transmit *tx, uint16_t id)
{
        tx->requests[id].frame = NO_ID;
        tx->requests[id].next = tx->free;
        tx->free = id;
        tx->unused++;
}

/* The backend is done with a request, and when it was its frame's last one, with the frame. */
static void finish(struct xen_net *net, uint16_t id, bool dropped)
{
        struct xen_net_transmit *tx = &net->transmit;
        struct xen_net_request *request = &tx->requests[id];
        const uint16_t first = request->frame;
        struct xen_net_request *frame = &tx->requests[first];
        if (request->slot != NULL)
                put_slot(tx, request->slot);
        else
                (void)grant_revoke(request->grant); /* at worst a mapping to read from is left to the backend */
        request->answered = true;
        if (id != first) /* which is needed until the frame is done */
                put_id(tx, id);
        frame->dropped = frame->dropped || dropped;
        if (--frame->unanswered != 0)
                return;
        net->netdev.statistics.tx_dropped += frame->dropped;
        tx->accepted--;
        put_id(tx, first);
        if (frame->done != NULL)
                frame->done(frame->cookie);
}

/* What is wrong with a response, or NULL. */
static const char *take_response(struct xen_net *net, struct netif_tx_response response)
{
        struct xen_net_transmit *tx = &net->transmit;
        if (response.status == NETIF_RSP_NULL) { /* for extra information; its id means nothing */
                if (tx->extras == 0)
                        return "its backend left a transmit request without an answer";
                tx->extras--;
                return NULL;
        }
        if (response.id >= XEN_NET_RING || tx->requests[response.id].frame == NO_ID ||
            tx->requests[response.id].answered)
                return "its backend answered a transmit request that it was not given";
        if (response.status != NETIF_RSP_OKAY && response.status != NETIF_RSP_ERROR &&
            response.status != NETIF_RSP_DROPPED)
                return "its backend answered a transmit request with an unknown status";
        finish(net, response.id, response.status != NETIF_RSP_OKAY);
        return NULL;
}

void xen_net_reap(struct xen_net *net)
{
        struct xen_net_transmit *tx = &net->transmit;
        const int waiting = ring_responses(&tx->ring);
        const char *wrong = waiting < 0 ? "its backend answered more transmit requests than there are" : NULL;
        tx->refused = false;
        for (int i = 0; i < waiting && wrong == NULL; i++) {
                struct netif_tx_response response;
                memcpy(&response, RING_SLOT(&tx->ring, struct netif_tx_request, tx->ring.consumed++), sizeof response);
                wrong = take_response(net, response);
        }
        if (wrong != NULL)
                xen_net_break(net, wrong);
}

bool xen_net_transmit_arm(struct xen_net *net)
{
        struct xen_net_transmit *tx = &net->transmit;
        const uint32_t outstanding = tx->ring.produced - tx->ring.consumed;
        /* Half a ring of finished frames may wait for the next poll, unless the stack waits for their room. */
        if (!tx->refused && outstanding <= XEN_NET_RING / 2)
                return false;
        return ring_arm(&tx->ring, (outstanding + 1) / 2);
}

void xen_net_transmit_release(struct xen_net *net)
{
        struct xen_net_transmit *tx = &net->transmit;
        for (uint16_t id = 0; id < XEN_NET_RING; id++)
                if (tx->requests[id].frame != NO_ID && !tx->requests[id].answered)
                        finish(net, id, true);
        tx->extras = 0;
        for (uint32_t i = 0; i < tx->slots_made; i++)
                if (tx->slots[i].grant != GRANT_NONE && grant_try_revoke(tx->slots[i].grant) == 0)
                        tx->slots[i].grant = GRANT_NONE;
}
