/*
 * A xenstored on the fake machine (fake/platform.h): keys, watches, transactions, over the shared page. It works in
 * interrupts, `delay` nanoseconds after it was notified, and can be late, silent, and wrong.
 */
#ifndef FAKE_XENSTORED_H
#define FAKE_XENSTORED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/io/xs_wire.h>

struct fake_store {
        uint64_t delay;     /* from a notification to the answer */
        bool deaf;          /* takes no request */
        bool silent;        /* takes them and does not answer */
        unsigned conflicts; /* so many transactions end with EAGAIN */
        unsigned requests;  /* that it has taken */
        /* May change an answer or a watch event before it is sent. */
        void (*garble)(struct xsd_sockmsg *header, char *payload);
        /* Called after a key was written or removed (its value NULL) by anybody. */
        void (*written)(const char *path, const char *value);
};
extern struct fake_store fake_store;
extern struct xenstore_domain_interface fake_store_ring;

/* A store with no keys; the guest is domain 5. */
void fake_store_start(void);

/* The toolstack's or a backend's side, at once: absolute paths. A value of NULL removes the key and what is below. */
void fake_store_set(const char *path, const char *value);
const char *fake_store_get(const char *path); /* NULL: not there */

/* Raw bytes into the response ring, and an event. */
void fake_store_raw(const void *data, size_t bytes);

/* The store works now, and tells the guest: for wishes that changed. */
void fake_store_work(void);

#endif
