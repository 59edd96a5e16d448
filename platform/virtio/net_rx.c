/*
 * virtio-net, receive side (virtio 1.2, section 5.1.6.3).
 */
#include <stddef.h>
#include <string.h>

#include <platform.h>
#include <virtio/net.h>

_Static_assert((offsetof(struct netdev_half, space) + VIRTIO_NET_HEADER_BYTES + ETHERNET_HEADER_BYTES) % 4 == 0,
               "the IP header is aligned");
_Static_assert(NETDEV_HALF_SPACE >= VIRTIO_NET_HEADER_BYTES + 1518, "section 5.1.6.3.1: a whole frame fits");

void virtio_net_refill(struct virtio_net *net)
{
        struct virtio_net_receive *rx = &net->receive;
        struct virtqueue *ring = &rx->queue.ring;
        while (ring->outstanding < rx->target) {
                struct netdev_half *buffer = netdev_half_of(netdev_pool_take(&rx->pool));
                if (buffer == NULL)
                        break;
                if (vq_add_one(ring, buffer->address, NETDEV_HALF_SPACE, true, buffer) != 0) {
                        netdev_pool_put(&rx->pool, &buffer->public);
                        break;
                }
        }
        if (virtio_kick(&rx->queue))
                net->netdev.statistics.kicks++;
}

static void wake(void *ctx)
{
        virtio_net_wake(ctx);
}

void virtio_net_receive_init(struct virtio_net *net)
{
        struct virtio_net_receive *rx = &net->receive;
        netdev_pool_init(&rx->pool, net->limits.receive_buffers, netdev_pool_grow_halves, wake, net);
        rx->target = rx->queue.ring.size < NETDEV_POSTED_AT_START ? rx->queue.ring.size : NETDEV_POSTED_AT_START;
}

/* Whether the header promises what the packet holds and what was negotiated; sets checksum_good. */
static bool header_is_sane(const struct virtio_net *net, const struct virtio_net_header *header,
                           struct netdev_buffer *packet)
{
        const struct virtio_device *device = net->device;
        unsigned kind = header->segmentation & ~VIRTIO_NET_ECN;
        bool partial = (header->flags & VIRTIO_NET_NEEDS_CHECKSUM) != 0;
        if (packet->total_length < ETHERNET_HEADER_BYTES)
                return false;
        if (partial && header->checksum_start + header->checksum_offset + 2u > packet->total_length)
                return false;
        if (kind != 0) {
                uint64_t feature = kind == VIRTIO_NET_TCP4   ? VIRTIO_NET_F_GUEST_TSO4
                                   : kind == VIRTIO_NET_TCP6 ? VIRTIO_NET_F_GUEST_TSO6
                                                             : 0;
                if (!virtio_has(device, feature) || header->segment_bytes == 0)
                        return false;
        }
        /* A partial checksum never left the host: the sender's sum over it is the stack's to believe. */
        packet->checksum_good = virtio_has(device, VIRTIO_NET_F_GUEST_CSUM) &&
                                (partial || (header->flags & VIRTIO_NET_DATA_VALID) != 0);
        return true;
}

/* The next piece, as long as the device says; NULL: none or the ring is broken. */
static struct netdev_half *take_piece(struct virtio_net_receive *rx, uint32_t *written)
{
        struct netdev_half *buffer = vq_take(&rx->queue.ring, written);
        if (buffer == NULL)
                return NULL;
        buffer->public.next = NULL;
        buffer->public.data = buffer->space;
        buffer->public.length = *written;
        return buffer;
}

/* The rest of a packet that takes `buffers` in all, behind `packet`. Returns what is wrong, or NULL. */
static const char *take_rest(struct virtio_net_receive *rx, struct netdev_buffer *packet, unsigned buffers)
{
        struct netdev_buffer *last = packet;
        for (unsigned i = 1; i < buffers; i++) {
                uint32_t written;
                struct netdev_half *piece = take_piece(rx, &written);
                if (piece == NULL)
                        return rx->queue.ring.broken != NULL ? rx->queue.ring.broken
                                                             : "a packet has fewer buffers than its header says";
                last->next = &piece->public;
                last = last->next;
                packet->total_length += written;
                if (written == 0)
                        return "a packet has an empty buffer";
        }
        return buffers == 0 ? "a packet's header says that it has no buffer" : NULL;
}

/* Takes one packet: NULL when there is none, when it is dropped (*dropped), or when the device broke. */
static struct netdev_buffer *take_packet(struct virtio_net *net, bool *dropped)
{
        struct virtio_net_receive *rx = &net->receive;
        uint32_t written;
        struct virtio_net_header header;
        *dropped = false;
        struct netdev_half *first = take_piece(rx, &written);
        if (first == NULL) {
                if (rx->queue.ring.broken != NULL)
                        virtio_net_break(net, rx->queue.ring.broken);
                return NULL;
        }
        struct netdev_buffer *packet = &first->public;
        const char *wrong = "a received packet is shorter than its header";
        if (written >= sizeof header) {
                memcpy(&header, first->space, sizeof header);
                packet->data += sizeof header;
                packet->length -= (uint32_t)sizeof header;
                packet->total_length = packet->length;
                wrong = take_rest(rx, packet, virtio_has(net->device, VIRTIO_NET_F_MRG_RXBUF) ? header.buffers : 1);
        }
        if (wrong == NULL && header_is_sane(net, &header, packet))
                return packet;
        netdev_pool_put_packet(&rx->pool, packet);
        net->netdev.statistics.rx_errors++;
        if (wrong != NULL)
                virtio_net_break(net, wrong);
        *dropped = wrong == NULL;
        return NULL;
}

unsigned virtio_net_receive(struct virtio_net *net, unsigned budget,
                            void (*receive)(void *ctx, struct netdev_buffer *packet), void *ctx)
{
        struct virtio_net_receive *rx = &net->receive;
        struct netdev_statistics *statistics = &net->netdev.statistics;
        uint32_t posted = rx->queue.ring.outstanding;
        unsigned packets = 0;
        bool dropped = false;
        for (unsigned looked = 0; looked < budget && !net->netdev.disabled; looked++) {
                struct netdev_buffer *packet = take_packet(net, &dropped);
                if (packet == NULL && dropped)
                        continue;
                if (packet == NULL)
                        break;
                statistics->rx_packets++;
                statistics->rx_bytes += packet->total_length;
                packets++;
                receive(ctx, packet);
        }
        if (net->netdev.disabled)
                return packets;
        rx->target = netdev_pool_target(rx->target, posted - rx->queue.ring.outstanding, rx->queue.ring.size);
        virtio_net_refill(net);
        return packets;
}

bool virtio_net_receive_arm(struct virtio_net *net)
{
        struct virtio_net_receive *rx = &net->receive;
        if (vq_interrupt_after(&rx->queue.ring, 1))
                return true;
        return rx->queue.ring.outstanding <= rx->target / 4 && netdev_pool_run_dry(&rx->pool);
}
