/*
 * virtio-blk, requests (virtio 1.2, section 5.2.6).
 *
 * One queue: its requests finish in any order, and with a ring of 256 and an indirect table in each slot there is as
 * much in flight as several queues would give; more of them serve several CPUs, of which there is one.
 *
 * Invariant: every slot is on the free list or with the device. What the device writes is the ring's to check
 * (virtqueue.c), and one byte, the status, which is read once.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <coracle/memory.h>
#include <platform.h>
#include <virtio/blk.h>

/* Section 5.2.6: types and status. */
#define TYPE_IN            0u
#define TYPE_OUT           1u
#define TYPE_FLUSH         4u
#define TYPE_DISCARD       11u
#define TYPE_WRITE_ZEROES  13u
#define STATUS_OK          0u
#define STATUS_UNSUPPORTED 2u
#define STATUS_UNTOUCHED   0xffu /* ours: the device did not say */

#define ZEROES_MAY_UNMAP 1u /* section 5.2.6, flags of a discard or write zeroes segment */

#define CHAIN_DIRECT 2u /* chains up to this are not made indirect */

/* In the order in which the device reads and writes it, in memory that it can reach. */
struct virtio_blk_slot {
        struct {
                uint32_t type;
                uint32_t reserved;
                uint64_t sector;
        } header;
        struct {
                uint64_t sector;
                uint32_t sectors;
                uint32_t flags;
        } range;
        uint8_t status;
        bool accepted; /* the device has it */
        void (*done)(void *cookie, int status);
        void *cookie;
        struct virtio_blk_slot *next; /* of the free list */
        uint64_t address;             /* of this slot, for the device */
        char table[VQ_INDIRECT_BYTES(VIRTIO_BLK_SEGMENTS + 2)];
};

_Static_assert(offsetof(struct virtio_blk_slot, range) == 16, "section 5.2.6: the header is 16 bytes");
_Static_assert(sizeof(struct virtio_blk_slot) <= 520, "eight to a page, nearly");

int virtio_blk_queue_init(struct virtio_blk *blk)
{
        unsigned count = blk->queue.ring.size;
        blk->slots = page_alloc(page_order(count * sizeof *blk->slots));
        if (blk->slots == NULL)
                return -ENOMEM;
        uint64_t address = platform_dma_address(blk->slots);
        for (unsigned i = count; i-- > 0;) {
                blk->slots[i].accepted = false;
                blk->slots[i].address = address + i * sizeof *blk->slots;
                blk->slots[i].next = blk->free;
                blk->free = &blk->slots[i];
        }
        return 0;
}

/* The driver does not believe the device any more: what it has is over. The device is locked. */
static void give_up(struct virtio_blk *blk, const char *why)
{
        blkdev_disable(&blk->blkdev, why);
        virtio_stop(blk->device);
        for (unsigned i = 0; blk->accepted != 0; i++) {
                struct virtio_blk_slot *slot = &blk->slots[i];
                if (!slot->accepted)
                        continue;
                slot->accepted = false;
                blk->accepted--;
                blkdev_done(&blk->blkdev, slot->done, slot->cookie, -EIO);
        }
}

static void describe(struct virtio_blk_slot *slot, const struct blkdev_request *request)
{
        static const uint32_t types[] = {
                [BLKDEV_READ] = TYPE_IN,         [BLKDEV_WRITE] = TYPE_OUT,         [BLKDEV_FLUSH] = TYPE_FLUSH,
                [BLKDEV_DISCARD] = TYPE_DISCARD, [BLKDEV_ZERO] = TYPE_WRITE_ZEROES,
        };
        bool moves = request->operation == BLKDEV_READ || request->operation == BLKDEV_WRITE;
        slot->header.type = types[request->operation];
        slot->header.reserved = 0;
        slot->header.sector = moves ? request->sector : 0;
        slot->range.sector = request->sector;
        slot->range.sectors = (uint32_t)request->sectors;
        slot->range.flags = request->operation == BLKDEV_ZERO ? ZEROES_MAY_UNMAP : 0;
        slot->status = STATUS_UNTOUCHED;
        slot->done = request->done;
        slot->cookie = request->cookie;
}

/* The chain: header, data or range, status. Returns its length; *readable of them are the device's to read. */
static unsigned chain(const struct virtio_blk_slot *slot, const struct blkdev_request *request,
                      struct vq_segment *pieces, unsigned *readable)
{
        unsigned n = 0;
        pieces[n++] =
                (struct vq_segment){slot->address + offsetof(struct virtio_blk_slot, header), sizeof slot->header};
        if (request->operation == BLKDEV_DISCARD || request->operation == BLKDEV_ZERO)
                pieces[n++] = (struct vq_segment){slot->address + offsetof(struct virtio_blk_slot, range),
                                                  sizeof slot->range};
        for (unsigned i = 0; i < request->count; i++)
                pieces[n++] = (struct vq_segment){request->segments[i].address, request->segments[i].bytes};
        *readable = request->operation == BLKDEV_READ ? 1 : n;
        pieces[n++] = (struct vq_segment){slot->address + offsetof(struct virtio_blk_slot, status), 1};
        return n;
}

int virtio_blk_submit(struct blkdev *blkdev, const struct blkdev_request *request)
{
        struct virtio_blk *blk = virtio_blk_of(blkdev);
        struct virtio_blk_slot *slot = blk->free;
        struct vq_segment pieces[VIRTIO_BLK_SEGMENTS + 2];
        unsigned readable;
        if (slot == NULL)
                return -EAGAIN;
        describe(slot, request);
        unsigned count = chain(slot, request, pieces, &readable);
        int error = count > CHAIN_DIRECT && virtio_has(blk->device, VIRTIO_F_INDIRECT_DESC)
                            ? vq_add_indirect(&blk->queue.ring, pieces, readable, count - readable, slot->table,
                                              slot->address + offsetof(struct virtio_blk_slot, table), slot)
                            : vq_add(&blk->queue.ring, pieces, readable, count - readable, slot);
        if (error == -EAGAIN)
                return error;
        if (error != 0) {
                give_up(blk, blk->queue.ring.broken != NULL ? blk->queue.ring.broken : "its queue takes no request");
                return -EIO;
        }
        blk->free = slot->next;
        slot->accepted = true;
        blk->accepted++;
        return 0;
}

void virtio_blk_kick(struct blkdev *blkdev)
{
        if (virtio_kick(&virtio_blk_of(blkdev)->queue))
                blkdev->statistics.kicks++;
}

static void finish(struct virtio_blk *blk, struct virtio_blk_slot *slot)
{
        uint8_t status = *(volatile uint8_t *)&slot->status;
        int error = status == STATUS_OK ? 0 : status == STATUS_UNSUPPORTED ? -ENOTSUP : -EIO;
        slot->accepted = false;
        slot->next = blk->free;
        blk->free = slot;
        blk->accepted--;
        blkdev_done(&blk->blkdev, slot->done, slot->cookie, error);
}

void virtio_blk_reap(struct blkdev *blkdev)
{
        struct virtio_blk *blk = virtio_blk_of(blkdev);
        struct virtqueue *ring = &blk->queue.ring;
        struct virtio_blk_slot *slot;
        uint32_t written;
        if (blk->slots == NULL)
                return; /* an interrupt before there is a queue */
        do {
                while ((slot = vq_take(ring, &written)) != NULL)
                        finish(blk, slot);
        } while (ring->broken == NULL && vq_interrupt_after(ring, 1));
        if (ring->broken != NULL)
                give_up(blk, ring->broken);
}
