/*
 * netfront, receive side (public/io/netif.h, "Guest receive").
 *
 * The backend copies packets into pages that stay granted for as long as it is connected: a page goes to the stack and
 * comes back without a change to the grant table, because a backend that copies has no mapping to undo.
 *
 * Responses come in the order of the requests, each in the slot of its own.
 */
#include <errno.h>
#include <string.h>

#include <coracle/memory.h>
#include <platform.h>
#include <xen/net/net.h>

#include <xen/io/netif.h>

#define PACKET_MOST (65535u + ETHERNET_HEADER_BYTES)

struct xen_net_buffer {
        struct netdev_buffer public; /* first: the stack's pointer is ours */
        uint8_t *page;
        grant_reference grant; /* GRANT_NONE: not granted now */
};

static struct xen_net_buffer *buffer_of(struct netdev_buffer *public)
{
        return (struct xen_net_buffer *)(void *)public;
}

static void wake(void *ctx)
{
        struct xen_net *net = ctx;
        atomic_store(&net->news, true);
        xen_net_wake(net);
}

/* A buffer is a page, which `all` knows too. */
static void grow(struct netdev_pool *pool)
{
        struct xen_net *net = pool->ctx;
        uint8_t *page = pool->total < pool->most ? page_alloc(0) : NULL;
        if (page == NULL)
                return;
        struct xen_net_buffer *buffer = &net->receive.all[pool->total++];
        *buffer = (struct xen_net_buffer){
                .public = {.release = netdev_pool_release, .driver_data = pool},
                .page = page,
        };
        netdev_pool_put(pool, &buffer->public);
}

int xen_net_receive_init(struct xen_net *net)
{
        struct xen_net_receive *rx = &net->receive;
        rx->all = page_alloc(page_order(net->limits.buffers * sizeof *rx->all));
        if (rx->all == NULL)
                return -ENOMEM;
        netdev_pool_init(&rx->pool, net->limits.buffers, grow, wake, net);
        rx->target = net->limits.posted < NETDEV_POSTED_AT_START ? net->limits.posted : NETDEV_POSTED_AT_START;
        return 0;
}

/* A free buffer that the backend may write to, or NULL. */
static struct xen_net_buffer *take_granted(struct xen_net *net)
{
        struct netdev_pool *pool = &net->receive.pool;
        struct netdev_buffer *public = netdev_pool_take(pool);
        if (public == NULL)
                return NULL;
        struct xen_net_buffer *buffer = buffer_of(public);
        if (buffer->grant != GRANT_NONE ||
            grant_page(net->device.backend_domain, buffer->page, false, &buffer->grant) == 0)
                return buffer;
        netdev_pool_put(pool, public);
        return NULL;
}

static uint32_t outstanding(const struct xen_net_receive *rx)
{
        return rx->ring.produced - rx->ring.consumed;
}

void xen_net_refill(struct xen_net *net)
{
        struct xen_net_receive *rx = &net->receive;
        while (outstanding(rx) < rx->target) {
                struct xen_net_buffer *buffer = take_granted(net);
                if (buffer == NULL)
                        break;
                const uint16_t id = (uint16_t)(rx->ring.produced % XEN_NET_RING);
                rx->posted[id] = buffer;
                RING_SLOT(&rx->ring, union netif_rx_sring_entry, id)->req =
                        (struct netif_rx_request){.id = id, .gref = buffer->grant};
                rx->ring.produced++;
        }
        if (ring_publish(&rx->ring)) {
                (void)event_send(rx->port);
                net->netdev.statistics.kicks++;
        }
}

/* What a response says, read once. `buffer` is the page that its request had posted. */
struct piece {
        union netif_rx_sring_entry slot;
        struct xen_net_buffer *buffer;
};

static struct piece take_slot(struct xen_net_receive *rx)
{
        struct piece piece;
        const uint32_t index = rx->ring.consumed++ % XEN_NET_RING;
        memcpy(&piece.slot, RING_SLOT(&rx->ring, union netif_rx_sring_entry, index), sizeof piece.slot);
        piece.buffer = rx->posted[index];
        rx->posted[index] = NULL;
        return piece;
}

static const char *check_piece(const struct netif_rx_response *response, uint32_t index)
{
        if (response->id != index % XEN_NET_RING)
                return "its backend answered a receive request that is not next";
        if (response->status == 0 || response->offset > PLATFORM_PAGE_SIZE ||
            response->status > (int)(PLATFORM_PAGE_SIZE - response->offset))
                return "its backend says that it wrote beyond a page";
        return NULL;
}

/* Takes the extra information behind a packet's first slot. Returns what is wrong, or NULL. */
static const char *take_extras(struct xen_net *net, uint32_t *available)
{
        struct xen_net_receive *rx = &net->receive;
        struct netif_extra_info extra;
        do {
                if (*available == 0)
                        return "its backend left out extra information that it announced";
                struct piece piece = take_slot(rx);
                --*available;
                netdev_pool_put(&rx->pool, &piece.buffer->public);
                memcpy(&extra, &piece.slot, sizeof extra);
                const bool tcp =
                        extra.u.gso.type == XEN_NETIF_GSO_TYPE_TCPV4 || extra.u.gso.type == XEN_NETIF_GSO_TYPE_TCPV6;
                if (extra.type != XEN_NETIF_EXTRA_TYPE_GSO || !tcp || extra.u.gso.size == 0 ||
                    (net->netdev.info.capabilities & NETDEV_RX_LARGE) == 0)
                        return "its backend sent extra information that it was not asked for";
        } while ((extra.flags & XEN_NETIF_EXTRA_FLAG_MORE) != 0);
        return NULL;
}

/* A packet while it is put together: its pieces so far, and whether one of them came with an error. */
struct packet {
        struct netdev_buffer *first, *last;
        uint32_t bytes;
        bool bad;
};

static void add_piece(struct packet *packet, struct xen_net_buffer *buffer, const struct netif_rx_response *response)
{
        struct netdev_buffer *piece = &buffer->public;
        const uint32_t bytes = response->status > 0 ? (uint32_t)response->status : 0;
        piece->next = NULL;
        piece->data = buffer->page + (bytes != 0 ? response->offset : 0);
        piece->length = bytes;
        packet->bytes += bytes;
        packet->bad = packet->bad || response->status < 0;
        if (packet->last != NULL)
                packet->last->next = piece;
        else
                packet->first = piece;
        packet->last = piece;
}

/* Takes one packet of the `available` responses. Returns what is wrong, or NULL; its pieces are the caller's anyway. */
static const char *take_packet(struct xen_net *net, uint32_t *available, struct packet *packet)
{
        struct xen_net_receive *rx = &net->receive;
        uint16_t flags = NETRXF_more_data, first_flags = 0;
        *packet = (struct packet){.bad = false};
        while ((flags & NETRXF_more_data) != 0) {
                if (*available == 0)
                        return "its backend sent a packet without its end";
                const uint32_t index = rx->ring.consumed;
                struct piece piece = take_slot(rx);
                --*available;
                add_piece(packet, piece.buffer, &piece.slot.rsp);
                const char *wrong = check_piece(&piece.slot.rsp, index);
                if (wrong != NULL)
                        return wrong;
                flags = piece.slot.rsp.flags;
                if (packet->first == packet->last) {
                        first_flags = flags;
                        if ((flags & NETRXF_extra_info) != 0 && (wrong = take_extras(net, available)) != NULL)
                                return wrong;
                }
        }
        packet->bad = packet->bad || packet->bytes < ETHERNET_HEADER_BYTES || packet->bytes > PACKET_MOST;
        packet->first->total_length = packet->bytes;
        /* A checksum that was left blank never left the host: the stack may believe the data. */
        packet->first->checksum_good = (first_flags & (NETRXF_data_validated | NETRXF_csum_blank)) != 0;
        return NULL;
}

unsigned xen_net_receive(struct xen_net *net, unsigned budget, void (*receive)(void *ctx, struct netdev_buffer *packet),
                         void *ctx)
{
        struct xen_net_receive *rx = &net->receive;
        struct netdev_statistics *statistics = &net->netdev.statistics;
        const int waiting = ring_responses(&rx->ring);
        unsigned packets = 0;
        if (waiting < 0) {
                xen_net_break(net, "its backend answered more receive requests than there are");
                return 0;
        }
        uint32_t available = (uint32_t)waiting;
        const uint32_t posted = outstanding(rx);
        for (unsigned looked = 0; looked < budget && available != 0 && net->up; looked++) {
                struct packet packet;
                const char *wrong = take_packet(net, &available, &packet);
                if (wrong != NULL || packet.bad) {
                        netdev_pool_put_packet(&rx->pool, packet.first);
                        statistics->rx_errors++;
                        if (wrong != NULL)
                                xen_net_break(net, wrong);
                        continue;
                }
                statistics->rx_packets++;
                statistics->rx_bytes += packet.bytes;
                packets++;
                receive(ctx, packet.first);
        }
        if (!net->up)
                return packets;
        rx->target = netdev_pool_target(rx->target, posted - outstanding(rx), net->limits.posted);
        xen_net_refill(net);
        return packets;
}

bool xen_net_receive_arm(struct xen_net *net)
{
        struct xen_net_receive *rx = &net->receive;
        if (ring_arm(&rx->ring, 1))
                return true;
        return outstanding(rx) <= rx->target / 4 && netdev_pool_run_dry(&rx->pool);
}

/*
 * A page that the backend still uses stays granted, and is posted again as it is: it is a receive buffer for ever, so
 * what a late write hits is a packet.
 */
void xen_net_receive_release(struct xen_net *net)
{
        struct xen_net_receive *rx = &net->receive;
        for (uint32_t i = 0; i < rx->pool.total; i++)
                if (rx->all[i].grant != GRANT_NONE && grant_try_revoke(rx->all[i].grant) == 0)
                        rx->all[i].grant = GRANT_NONE;
        for (unsigned i = 0; i < XEN_NET_RING; i++) {
                if (rx->posted[i] != NULL)
                        netdev_pool_put(&rx->pool, &rx->posted[i]->public);
                rx->posted[i] = NULL;
        }
}
