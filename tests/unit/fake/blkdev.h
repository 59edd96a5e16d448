/* The block class for one driver: a registry that forgets, so that each test starts a device of its own. */
#ifndef FAKE_BLKDEV_H
#define FAKE_BLKDEV_H

#include <coracle/blkdev_driver.h>

extern struct blkdev *fake_blkdev; /* the one registered last */

/* Results of requests by their cookie, a number below FAKE_COOKIES: how many, and the last status. */
#define FAKE_COOKIES 1024u
extern unsigned fake_finished[FAKE_COOKIES];
extern int fake_status[FAKE_COOKIES];

void fake_blkdev_reset(void);

/* Submits and kicks as the class does. `cookie` must be below FAKE_COOKIES. */
int fake_submit(enum blkdev_operation operation, uint64_t sector, uint64_t sectors,
                const struct blkdev_segment *segments, unsigned count, uintptr_t cookie);

#endif
