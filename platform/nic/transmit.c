/*
 * Network cards on PCI, transmit side.
 *
 * Each accepted frame has a slot of device memory for a copy of its first bytes; small frames are copied whole, as each
 * further descriptor costs the card more than copying a few hundred bytes costs us. The rest is sent from where it
 * lies. Cards finish frames in order.
 */
#include <nic/nic.h>

#include <errno.h>
#include <string.h>

#include <coracle/memory.h>
#include <platform.h>

#define SLOT_BYTES   2048u
#define COPY_WHOLE   512u /* frames up to this are one descriptor */
#define COPY_HEADERS 148u /* of longer ones, leading segments up to this in all */

_Static_assert(SLOT_BYTES >= NIC_MTU + ETHERNET_HEADER_BYTES, "a frame of many pieces is copied together");

static uint32_t frames_max(const struct nic_transmit *tx)
{
        return tx->size / 2;
}

int nic_transmit_init(struct nic *nic)
{
        struct nic_transmit *tx = &nic->transmit;
        tx->frames = page_alloc(page_order(frames_max(tx) * sizeof *tx->frames));
        tx->slots = page_alloc(page_order((size_t)frames_max(tx) * SLOT_BYTES));
        if (tx->frames == NULL || tx->slots == NULL)
                return -ENOMEM; /* what there was of it is lost with the card */
        tx->slots_address = platform_dma_address(tx->slots);
        return 0;
}

/*
 * The card's view of a frame: the slot with the first bytes, then the other segments where they lie. Returns the number
 * of pieces, 0 when a segment is not for devices.
 */
static unsigned gather(struct nic_transmit *tx, const struct netdev_segment *segments, unsigned count, uint32_t bytes,
                       struct nic_piece *pieces)
{
        const size_t slot = (size_t)(tx->accepted % frames_max(tx)) * SLOT_BYTES;
        uint32_t room = bytes <= COPY_WHOLE || count > NIC_PIECES_MAX - 1 ? SLOT_BYTES : COPY_HEADERS;
        uint32_t at = 0;
        unsigned i = 0, n = 0;
        for (; i < count && segments[i].length <= room; i++) {
                memcpy(tx->slots + slot + at, segments[i].data, segments[i].length);
                at += segments[i].length;
                room -= segments[i].length;
        }
        if (at != 0)
                pieces[n++] = (struct nic_piece){.address = tx->slots_address + slot, .bytes = at};
        for (; i < count; i++) {
                if (segments[i].length == 0)
                        continue;
                uint64_t address = platform_dma_address(segments[i].data);
                if (address == PLATFORM_NO_DMA)
                        return 0;
                pieces[n++] = (struct nic_piece){.address = address, .bytes = segments[i].length};
        }
        return n;
}

/* What is wrong with a request, or 0; *bytes is its length. */
static int examine(const struct nic *nic, const struct netdev_segment *segments, unsigned count,
                   const struct netdev_offload *offload, uint32_t *bytes)
{
        const uint32_t most = (uint32_t)nic->netdev.info.mtu + ETHERNET_HEADER_BYTES;
        *bytes = 0;
        if (count > NETDEV_SEGMENTS_MAX)
                return -EMSGSIZE;
        for (unsigned i = 0; i < count; i++) {
                if (segments[i].length > most - *bytes)
                        return -EMSGSIZE;
                *bytes += segments[i].length;
        }
        if (*bytes < ETHERNET_HEADER_BYTES || offload->segment_bytes != 0)
                return -EINVAL;
        if (offload->checksum && offload->checksum_start + offload->checksum_offset > NIC_SUM_MAX)
                return -EINVAL;
        if (offload->checksum && ((nic->netdev.info.capabilities & NETDEV_TX_CHECKSUM) == 0 ||
                                  offload->checksum_start + offload->checksum_offset + 2u > *bytes))
                return -EINVAL;
        return 0;
}

static int refuse(struct nic *nic, int error)
{
        nic->netdev.statistics.tx_errors++;
        return error;
}

int nic_transmit(struct netdev *netdev, const struct netdev_segment *segments, unsigned count,
                 const struct netdev_offload *offload, void (*done)(void *cookie), void *cookie)
{
        struct nic *nic = nic_of(netdev);
        struct nic_transmit *tx = &nic->transmit;
        struct nic_piece pieces[NIC_PIECES_MAX];
        static const struct netdev_offload nothing;
        uint32_t bytes;
        if (offload == NULL)
                offload = &nothing;
        int error = examine(nic, segments, count, offload, &bytes);
        if (error != 0)
                return refuse(nic, error);
        const uint32_t room = tx->size - 1 - (tx->produced - tx->consumed);
        if (tx->accepted - tx->first == frames_max(tx) || room < NIC_PIECES_MAX + 1) {
                tx->refused = true;
                return -EAGAIN;
        }
        unsigned n = gather(tx, segments, count, bytes, pieces);
        if (n == 0)
                return refuse(nic, -EINVAL);
        tx->produced += nic->hardware->send(nic, pieces, n, offload);
        tx->frames[tx->accepted % frames_max(tx)] =
                (struct nic_frame){.done = done, .cookie = cookie, .end = tx->produced};
        tx->accepted++;
        netdev->statistics.tx_packets++;
        netdev->statistics.tx_bytes += bytes;
        return 0;
}

static void finish(struct nic_transmit *tx)
{
        const struct nic_frame frame = tx->frames[tx->first++ % frames_max(tx)];
        tx->consumed = frame.end;
        if (frame.done != NULL)
                frame.done(frame.cookie);
}

enum nic_answer nic_oldest_sent(struct nic *nic)
{
        const struct nic_transmit *tx = &nic->transmit;
        if (tx->first == tx->accepted)
                return NIC_NOTHING;
        return nic->hardware->sent(nic, tx->frames[tx->first % frames_max(tx)].end - 1);
}

void nic_reap(struct nic *nic)
{
        nic->transmit.refused = false;
        while (nic_oldest_sent(nic) == NIC_TAKEN)
                finish(&nic->transmit);
}

void nic_abandon(struct nic *nic)
{
        while (nic->transmit.first != nic->transmit.accepted)
                finish(&nic->transmit);
}
