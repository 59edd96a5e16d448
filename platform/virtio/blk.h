/* virtio-blk (virtio 1.2, section 5.2): what its two files share. blk.c starts it, blk_queue.c moves requests. */
#ifndef CORACLE_VIRTIO_BLK_H
#define CORACLE_VIRTIO_BLK_H

#include <coracle/blkdev_driver.h>
#include <virtio/virtio.h>

/* Feature bits, section 5.2.3 */
#define VIRTIO_BLK_F_SIZE_MAX     (1ull << 1)
#define VIRTIO_BLK_F_SEG_MAX      (1ull << 2)
#define VIRTIO_BLK_F_RO           (1ull << 5)
#define VIRTIO_BLK_F_BLK_SIZE     (1ull << 6)
#define VIRTIO_BLK_F_FLUSH        (1ull << 9)
#define VIRTIO_BLK_F_TOPOLOGY     (1ull << 10)
#define VIRTIO_BLK_F_DISCARD      (1ull << 13)
#define VIRTIO_BLK_F_WRITE_ZEROES (1ull << 14)

/* Segments of data in one request: what is left of a slot's table beside the header and the status. */
#define VIRTIO_BLK_SEGMENTS 26u

struct virtio_blk_slot; /* a request that the device has, and its memory */

struct virtio_blk {
        struct blkdev blkdev;
        struct virtio_device *device;
        struct virtio_queue queue;
        struct virtio_blk_slot *slots; /* one for each ring entry */
        struct virtio_blk_slot *free;
        unsigned accepted; /* requests that the device has */
};

static inline struct virtio_blk *virtio_blk_of(struct blkdev *blkdev)
{
        return (struct virtio_blk *)(void *)((char *)blkdev - offsetof(struct virtio_blk, blkdev));
}

/* Takes one device into use and registers it. For virtio_probe. */
int virtio_blk_start(struct virtio_device *device);

/* ---- blk_queue.c ---- */
/* Makes the slots. Returns 0 or -ENOMEM. */
int virtio_blk_queue_init(struct virtio_blk *blk);
/* The operations of the class: see blkdev_driver.h. */
int virtio_blk_submit(struct blkdev *blkdev, const struct blkdev_request *request);
void virtio_blk_kick(struct blkdev *blkdev);
void virtio_blk_reap(struct blkdev *blkdev);

#endif
