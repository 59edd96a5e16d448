/*
 * Moving a program's memory to and from a block device: a call of any size becomes requests that the device takes, all
 * of them in flight together.
 *
 * Memory is not copied, wherever it lies: devices are given the pages themselves. The exception is memory whose
 * alignment the device cannot take (blkdev_info.segment_alignment), or which is in pieces smaller than a block.
 */
#ifndef CORACLE_BLOCK_TRANSFER_H
#define CORACLE_BLOCK_TRANSFER_H

#include <stdatomic.h>
#include <sys/uio.h>

#include <coracle/blkdev.h>
#include <coracle/sched.h>

/* Some requests that belong together. */
struct block_io {
        struct blkdev *device;
        /* All have finished, and `error` is 0 or a negative errno. Any context, interrupts may be disabled. */
        void (*finished)(struct block_io *io);
        atomic_uint left; /* requests that have not finished, and one while more may come */
        atomic_int error; /* of the first that failed */
};

/*
 * In this order: begin, then any of the next three, then end. They sleep while the device is full of requests, so
 * threads only. `finished` is called once, after end, perhaps before it returns.
 */
void block_io_begin(struct block_io *io, struct blkdev *device, void (*finished)(struct block_io *io));

/*
 * READ or WRITE of `bytes`, at most those in the vector, at byte `position`; both multiples of the block size and
 * within the device. Memory that cannot be read (for READ: written) by the program ends the guest as touching it does.
 */
void block_io_transfer(struct block_io *io, enum blkdev_operation operation, const struct iovec *vector, int count,
                       uint64_t position, uint64_t bytes);

/* DISCARD or ZERO of a range in sectors. Without BLKDEV_CAN_ZERO, zeroes are written. */
void block_io_range(struct block_io *io, enum blkdev_operation operation, uint64_t sector, uint64_t sectors);

/* FLUSH; nothing to do for a device without a cache, or one that is never written. */
void block_io_flush(struct block_io *io);

void block_io_end(struct block_io *io);

/* The same for a thread that waits until all have finished. */
struct block_wait {
        struct block_io io;
        struct spinlock lock;
        struct wait_queue queue;
        bool finished;
};
void block_wait_begin(struct block_wait *wait, struct blkdev *device);
/* Ends it and waits. Returns the first error, or 0. */
int block_wait_end(struct block_wait *wait);

#endif
