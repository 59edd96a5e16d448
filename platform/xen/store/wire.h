/*
 * What the files of the xenstore client share: ring.c moves bytes, wire.c messages, xenstore.c has
 * the calls, watch.c the watches.
 */
#ifndef CORACLE_XEN_XENSTORE_WIRE_H
#define CORACLE_XEN_XENSTORE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/store/xenstore.h>

#include <xen/io/xs_wire.h>

/* ---- ring.c ---- */

/* Finds and maps the ring, once. Returns 0 or -ENODEV. */
int xenstore_ring_open(void);

/*
 * Moves up to `bytes` bytes to or from the ring, without waiting. Returns how many, or -EIO: an index that the store
 * wrote is nonsense. The store looks at what was put when it is notified.
 */
int xenstore_ring_put(const void *data, size_t bytes);
int xenstore_ring_get(void *data, size_t bytes);
void xenstore_ring_notify(void);

/*
 * Waiting without losing an event: take the number, look at the ring, then wait while the number is still that.
 * Returns 0, -ETIMEDOUT. xenstore_ring_touch, from any context, makes every wait look again.
 */
unsigned xenstore_ring_events(void);
int xenstore_ring_wait(unsigned events, uint64_t deadline);
void xenstore_ring_touch(void);

/* ---- wire.c; the lock is held for all but xenstore_lock and xenstore_unlock ---- */

void xenstore_lock(void);
void xenstore_unlock(void);

struct xenstore_part {
        const void *data;
        size_t bytes;
};

/*
 * Sends a request whose payload is the parts, waits for its reply. Returns 0 with the payload in *reply (*bytes of it,
 * a NUL after them), valid until the next call, or an error as in xenstore.h.
 */
int xenstore_ask(enum xsd_sockmsg_type type, xenstore_transaction transaction, const struct xenstore_part *parts,
                 unsigned count, const char **reply, size_t *bytes);

/* Takes what waits in the ring, watch events most likely, without waiting. Returns 0, -EIO, -ENODEV. */
int xenstore_drain(void);

/* ---- watch.c; the lock is held ---- */

/* The watch with this token has fired. Returns false when the text is no token. */
bool xenstore_watch_fired(const char *token);

#endif
