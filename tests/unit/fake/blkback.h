/* The backend of a vbd, and blkfront started on it: what the unit tests and the fuzzer of blkfront share. */
#ifndef FAKE_BLKBACK_H
#define FAKE_BLKBACK_H

#include <fake/blkdev.h>
#include <fake/driver_host.h>
#include <fake/no_threads.h>
#include <fake/timer.h>
#include <fake/xen_event.h>
#include <fake/xen_grant.h>
#include <fake/xenbus.h>
#include <xen/blk/blk.h>

#define FAKE_DISK_SECTORS 4096u

/* The ring as the backend sees it: mapped by the references that the driver published. */
struct fake_blkback {
        struct ring_shared *ring;
        uint32_t size;  /* places */
        uint32_t taken; /* requests that the backend has consumed */
        uint8_t disk[FAKE_DISK_SECTORS * BLKDEV_SECTOR];
};
extern struct fake_blkback fake_blkback;

/* A backend that offers everything, 64 MiB of memory; nothing is started yet. */
void blkback_reset(void);
/* Puts something on its disk. */
void blkback_fill(void);
/* Starts the driver on it. Returns the number of devices. */
unsigned blkback_start(void);
/* The backend looks up the ring again: after a connection. */
void blkback_map(void);

union xen_blk_entry *blkback_entry(uint32_t index);
uint32_t blkback_waiting(void); /* requests that the driver has shown and the backend has not taken */

/* Takes the next request. */
union xen_blk_entry blkback_take(void);
/* Does what it asks. Returns the status; -100: it names pages or sectors that it must not. */
int blkback_do(const union xen_blk_entry *request);
/* Answers: visible at once, without an event. */
void blkback_answer(uint64_t id, uint8_t operation, int16_t status);
/* Takes, does and answers all that wait, then sends an event. Returns how many. */
unsigned blkback_serve(void);
void blkback_event(void);

#endif
