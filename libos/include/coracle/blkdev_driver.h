/* Block devices as a driver sees them: fill in a struct blkdev, register it, call blkdev_interrupt on interrupts. */
#ifndef CORACLE_BLKDEV_DRIVER_H
#define CORACLE_BLKDEV_DRIVER_H

#include <stdatomic.h>

#include <coracle/blkdev.h>
#include <coracle/sched.h>

/* Operations are called with the device's lock held, interrupts disabled, and not on a disabled device. */
struct blkdev_operations {
        /*
         * Puts a request, which keeps to the limits of the device's info, on its queue.
         * Returns 0, -EAGAIN (full: nothing was queued; try after something finished), -EIO (it is disabled now).
         */
        int (*submit)(struct blkdev *device, const struct blkdev_request *request);
        void (*kick)(struct blkdev *device);
        /* Calls blkdev_done for each finished request and asks for the next interrupt. */
        void (*reap)(struct blkdev *device);
};

struct blkdev {
        const struct blkdev_operations *operations;
        struct blkdev_info info; /* the driver fills in all but the name */
        struct blkdev_statistics statistics;
        _Atomic uint64_t sectors; /* the driver sets it first; later through blkdev_resized */
        bool disabled;            /* the device misbehaved; no operation is called any more */
        /* The class's own. */
        struct spinlock lock;
        struct wait_queue room; /* threads that wait for a request to finish */
};

#define BLKDEV_DEVICES_MAX 26

/*
 * Names the device PREFIX and a letter, "vda", the `index`-th letter (0 "a") or with BLKDEV_NEXT the first that is
 * free, and publishes it; it stays for ever. Returns 0, -ENOSPC (too many), -EEXIST (the letter is taken).
 */
#define BLKDEV_NEXT UINT32_MAX
int blkdev_register(struct blkdev *device, const char *prefix, uint32_t index);

/* Something finished, perhaps: reaps and wakes. From the driver's interrupt handler. */
void blkdev_interrupt(struct blkdev *device);

/* A request has finished. The device is locked. */
void blkdev_done(struct blkdev *device, void (*done)(void *cookie, int status), void *cookie, int status);

/* The device has another size now. Any context. */
void blkdev_resized(struct blkdev *device, uint64_t sectors);

/*
 * The device broke its contract: says so once on the console ("[block] vda: WHY; it is disabled"), disables it. The
 * device is locked. The driver then stops the device and calls blkdev_done with -EIO for what it has accepted.
 */
void blkdev_disable(struct blkdev *device, const char *why);

#endif
