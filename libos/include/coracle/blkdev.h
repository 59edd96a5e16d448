/*
 * Block devices as the library OS uses them. Drivers see blkdev_driver.h.
 *
 * Positions and lengths are in sectors of 512 bytes whatever the size of the device's blocks, of which they must be
 * multiples. Requests finish in any order; a device may have many at a time.
 */
#ifndef CORACLE_BLKDEV_H
#define CORACLE_BLKDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct blkdev;

#define BLKDEV_NAME_MAX     16
#define BLKDEV_SECTOR       512u
#define BLKDEV_SEGMENTS_MAX 64u

/* Capabilities, fixed once the device is registered. */
#define BLKDEV_READ_ONLY   0x1u
#define BLKDEV_CAN_FLUSH   0x2u /* it has a cache: what is not flushed may be lost with the power */
#define BLKDEV_CAN_DISCARD 0x4u
#define BLKDEV_CAN_ZERO    0x8u

struct blkdev_info {
        char name[BLKDEV_NAME_MAX];    /* "vda" */
        const char *driver;            /* "virtio-blk" */
        uint32_t block_bytes;          /* the least that can be read or written: a power of two, 512 to 4096 */
        uint32_t physical_block_bytes; /* below which writing costs more; at least block_bytes */
        unsigned capabilities;
        uint32_t segments_max;      /* of one request, at most BLKDEV_SEGMENTS_MAX */
        uint32_t segment_bytes_max; /* of one segment, a multiple of the block size */
        uint32_t request_bytes_max; /* of all segments of one request, a multiple of the block size */
        uint32_t segment_alignment; /* of a segment's address and length: a power of two up to 512 */
        uint32_t discard_sectors_max, zero_sectors_max; /* of one request */
};

struct blkdev_statistics {
        uint64_t reads, writes, flushes, discards; /* requests; writing zeroes counts as a discard */
        uint64_t read_bytes, written_bytes;
        uint64_t errors; /* requests that failed */
        uint64_t interrupts, kicks;
};

enum blkdev_operation { BLKDEV_READ, BLKDEV_WRITE, BLKDEV_FLUSH, BLKDEV_DISCARD, BLKDEV_ZERO };

/* Memory that a request reads or writes: contiguous for the device and for us. */
struct blkdev_segment {
        void *data;
        uint64_t address; /* the device's address of `data`: memory_device_address */
        uint32_t bytes;
};

/*
 * What to do. Read and copied by blkdev_submit; the segments' memory must stay untouched until `done(cookie, status)`
 * is called, once for each accepted request, interrupts disabled, the device locked: it may only note and wake.
 * status: 0; -EIO (it failed, or the device was disabled meanwhile); -ENOTSUP (the device does not know the operation).
 */
struct blkdev_request {
        enum blkdev_operation operation;
        uint64_t sector;
        uint64_t sectors; /* of DISCARD and ZERO; for READ and WRITE what the segments add up to; 0 for FLUSH */
        const struct blkdev_segment *segments;
        unsigned count;
        void (*done)(void *cookie, int status);
        void *cookie;
};

/* Looks for the machine's devices, at the first call. Threads only. */
void blkdev_start(void);

unsigned blkdev_count(void);
struct blkdev *blkdev_get(unsigned index);    /* NULL beyond the last */
struct blkdev *blkdev_find(const char *name); /* NULL: there is none of that name */
const struct blkdev_info *blkdev_info(const struct blkdev *device);
uint64_t blkdev_sectors(const struct blkdev *device); /* may change at any time: the host resized it */
void blkdev_statistics(const struct blkdev *device, struct blkdev_statistics *statistics);

/*
 * Queues a request; when the device is full of them, waits until one has finished. Does not notify the device: call
 * blkdev_kick after the last of a batch. Threads only.
 * Returns 0, -EROFS, -ENOTSUP (no such capability), -EIO (disabled).
 */
int blkdev_submit(struct blkdev *device, const struct blkdev_request *request);
void blkdev_kick(struct blkdev *device);

#endif
