/*
 * virtio-net, transmit side (virtio 1.2, section 5.1.6.2).
 *
 * Each accepted frame has a slot of device memory: the virtio header, then a copy of the frame's first bytes. Small
 * frames are copied whole: each further descriptor costs the device more than copying a few hundred bytes costs us.
 * Finished frames are reaped when the stack polls; interrupts are asked for only when the ring fills up.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <coracle/memory.h>
#include <platform.h>
#include <virtio/net.h>

#define SLOT_BYTES   512u
#define COPY_WHOLE   (SLOT_BYTES - VIRTIO_NET_HEADER_BYTES) /* frames up to this are one descriptor */
#define COPY_HEADERS 148u                                   /* of longer ones, leading segments up to this in all */
#define TABLE_OFFSET 160u                                   /* of an indirect table in a slot */
#define CHAIN_DIRECT 4u                                     /* chains up to this are not made indirect */
#define SEGMENTS_MAX (NETDEV_SEGMENTS_MAX + 1u)
#define FRAME_MAX    (65535u + ETHERNET_HEADER_BYTES)

_Static_assert(VIRTIO_NET_HEADER_BYTES + COPY_HEADERS <= TABLE_OFFSET, "the copy ends before the table");
_Static_assert(TABLE_OFFSET + VQ_INDIRECT_BYTES(SEGMENTS_MAX) <= SLOT_BYTES, "the table fits");

struct virtio_net_frame {
        void (*done)(void *cookie);
        void *cookie;
        char *slot;
        uint64_t slot_address;
        struct virtio_net_frame *next; /* of the free list */
        bool accepted;                 /* the device has it */
};

int virtio_net_transmit_init(struct virtio_net *net)
{
        struct virtio_net_transmit *tx = &net->transmit;
        unsigned count = tx->queue.ring.size;
        tx->frames = page_alloc(page_order(count * sizeof *tx->frames));
        char *slots = page_alloc(page_order(count * SLOT_BYTES));
        if (tx->frames == NULL || slots == NULL)
                return -ENOMEM; /* what there was of it is lost with the device */
        uint64_t address = platform_dma_address(slots);
        for (unsigned i = count; i-- > 0;) {
                tx->frames[i] = (struct virtio_net_frame){
                        .slot = slots + i * SLOT_BYTES,
                        .slot_address = address + i * SLOT_BYTES,
                        .next = tx->free,
                };
                tx->free = &tx->frames[i];
        }
        return 0;
}

/* Whether the device can do what is asked, and the frame is what it says. */
static bool request_is_sane(const struct virtio_net *net, uint32_t bytes, const struct netdev_offload *offload)
{
        unsigned capabilities = net->netdev.info.capabilities;
        if (offload->checksum && ((capabilities & NETDEV_TX_CHECKSUM) == 0 ||
                                  offload->checksum_start + offload->checksum_offset + 2u > bytes))
                return false;
        if (offload->segment_bytes == 0)
                return true;
        return (capabilities & (offload->ipv6 ? NETDEV_TX_TSO6 : NETDEV_TX_TSO4)) != 0 && offload->checksum &&
               offload->header_bytes < bytes;
}

static void write_header(char *slot, const struct netdev_offload *offload)
{
        struct virtio_net_header header = {0};
        if (offload->checksum) {
                header.flags = VIRTIO_NET_NEEDS_CHECKSUM;
                header.checksum_start = offload->checksum_start;
                header.checksum_offset = offload->checksum_offset;
        }
        if (offload->segment_bytes != 0) {
                header.segmentation = offload->ipv6 ? VIRTIO_NET_TCP6 : VIRTIO_NET_TCP4;
                header.segment_bytes = offload->segment_bytes;
                header.header_bytes = offload->header_bytes;
        }
        memcpy(slot, &header, sizeof header);
}

/*
 * The device's view of a frame: the slot with the header and the first bytes, then the other segments where they lie.
 * Returns the number of pieces, 0 when a segment is not for devices.
 */
static unsigned gather(const struct virtio_net_frame *frame, const struct netdev_segment *segments, unsigned count,
                       uint32_t bytes, struct vq_segment *pieces)
{
        uint32_t room = bytes <= COPY_WHOLE ? COPY_WHOLE : COPY_HEADERS;
        uint32_t at = VIRTIO_NET_HEADER_BYTES;
        unsigned i = 0;
        for (; i < count && segments[i].length <= room; i++) {
                memcpy(frame->slot + at, segments[i].data, segments[i].length);
                at += segments[i].length;
                room -= segments[i].length;
        }
        pieces[0] = (struct vq_segment){.address = frame->slot_address, .bytes = at};
        unsigned n = 1;
        for (; i < count; i++) {
                if (segments[i].length == 0)
                        continue;
                uint64_t address = platform_dma_address(segments[i].data);
                if (address == PLATFORM_NO_DMA)
                        return 0;
                pieces[n++] = (struct vq_segment){.address = address, .bytes = segments[i].length};
        }
        return n;
}

static int refuse(struct virtio_net *net, int error)
{
        net->netdev.statistics.tx_errors++;
        return error;
}

int virtio_net_transmit(struct netdev *netdev, const struct netdev_segment *segments, unsigned count,
                        const struct netdev_offload *offload, void (*done)(void *cookie), void *cookie)
{
        struct virtio_net *net = virtio_net_of(netdev);
        struct virtio_net_transmit *tx = &net->transmit;
        struct virtqueue *ring = &tx->queue.ring;
        struct vq_segment pieces[SEGMENTS_MAX];
        static const struct netdev_offload nothing;
        uint32_t bytes = 0;
        if (offload == NULL)
                offload = &nothing;
        if (count > NETDEV_SEGMENTS_MAX)
                return refuse(net, -EMSGSIZE);
        for (unsigned i = 0; i < count; i++) {
                if (segments[i].length > FRAME_MAX - bytes)
                        return refuse(net, -EMSGSIZE);
                bytes += segments[i].length;
        }
        if (bytes < ETHERNET_HEADER_BYTES || !request_is_sane(net, bytes, offload))
                return refuse(net, -EINVAL);
        if (offload->segment_bytes == 0 && bytes > netdev->info.mtu + ETHERNET_HEADER_BYTES)
                return refuse(net, -EMSGSIZE);
        struct virtio_net_frame *frame = tx->free;
        if (frame == NULL || ring->free_count == 0) {
                tx->refused = true;
                return -EAGAIN;
        }
        unsigned n = gather(frame, segments, count, bytes, pieces);
        if (n == 0)
                return refuse(net, -EINVAL);
        bool indirect = n > CHAIN_DIRECT && virtio_has(net->device, VIRTIO_F_INDIRECT_DESC);
        if (n > ring->size) /* section 2.7.5.3.1: indirect or not */
                return refuse(net, -EMSGSIZE);
        write_header(frame->slot, offload);
        int error;
        if (n == 1)
                error = vq_add_one(ring, pieces[0].address, pieces[0].bytes, false, frame);
        else if (indirect)
                error = vq_add_indirect(ring, pieces, n, 0, frame->slot + TABLE_OFFSET,
                                        frame->slot_address + TABLE_OFFSET, frame);
        else
                error = vq_add(ring, pieces, n, 0, frame);
        if (error != 0) {
                tx->refused = true;
                return -EAGAIN;
        }
        tx->free = frame->next;
        tx->accepted++;
        frame->done = done;
        frame->cookie = cookie;
        frame->accepted = true;
        netdev->statistics.tx_packets++;
        netdev->statistics.tx_bytes += bytes;
        return 0;
}

void virtio_net_flush(struct netdev *netdev)
{
        struct virtio_net *net = virtio_net_of(netdev);
        if (virtio_kick(&net->transmit.queue))
                netdev->statistics.kicks++;
}

static void finish(struct virtio_net_transmit *tx, struct virtio_net_frame *frame)
{
        frame->accepted = false;
        frame->next = tx->free;
        tx->free = frame;
        tx->accepted--;
        if (frame->done != NULL)
                frame->done(frame->cookie);
}

void virtio_net_reap(struct virtio_net *net)
{
        struct virtio_net_transmit *tx = &net->transmit;
        struct virtio_net_frame *frame;
        uint32_t written;
        tx->refused = false;
        while ((frame = vq_take(&tx->queue.ring, &written)) != NULL)
                finish(tx, frame);
        if (tx->queue.ring.broken != NULL)
                virtio_net_break(net, tx->queue.ring.broken);
}

void virtio_net_abandon(struct virtio_net *net)
{
        struct virtio_net_transmit *tx = &net->transmit;
        for (unsigned i = 0; tx->accepted != 0; i++)
                if (tx->frames[i].accepted)
                        finish(tx, &tx->frames[i]);
}

bool virtio_net_transmit_arm(struct virtio_net *net)
{
        struct virtio_net_transmit *tx = &net->transmit;
        struct virtqueue *ring = &tx->queue.ring;
        /* Half a ring of finished frames may wait for the next poll, unless the stack waits for their room. */
        if (!tx->refused && ring->outstanding <= ring->size / 2) {
                vq_interrupt_never(ring);
                return false;
        }
        return vq_interrupt_after(ring, (uint16_t)((ring->outstanding + 1) / 2));
}
