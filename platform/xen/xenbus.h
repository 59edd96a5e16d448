/*
 * Frontends of paravirtual devices (public/io/xenbus.h): finds the devices of a class in xenstore, and takes each
 * through the states of the handshake with its backend, there and back again.
 *
 * ours          the backend's   what happens                                              at most
 * Initialising  InitWait        driver->connect, its keys written; then Initialised or    10 s
 *                               Connected, as driver->ready_state says
 * Initialised   Connected       driver->connected; Connected                              10 s
 * Connected     Connected       driver->connected, if not yet; driver->changed at changes 10 s, then for ever
 * (any)         Closing,        driver->disconnect; Closed
 *               Closed, gone
 * Closed        InitWait        the backend is back: Initialising, and from the top       for ever
 *
 * A backend that takes longer, or a step that fails, is reported once by name with what it waited for; the device then
 * stays as it is, without a connection, until the backend moves. XENBUS_ATTEMPTS connections that failed in a row end
 * it for good: Closed.
 *
 * All of the driver's functions are called from a thread (the one that calls xenbus_probe, later "xenstore"), one at a
 * time for each device, no lock held.
 */
#ifndef CORACLE_XEN_XENBUS_H
#define CORACLE_XEN_XENBUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/event.h>
#include <xen/grant.h>
#include <xen/xenstore.h>

#include <xen/io/xenbus.h>

#define XENBUS_TIMEOUT  10000000000ull /* nanoseconds, for each step of the handshake */
#define XENBUS_ATTEMPTS 5u
#define XENBUS_NAME_MAX 16u

struct xenbus_device;

struct xenbus_driver {
        const char *class;       /* "vif", "vbd": the directory below device/ */
        XenbusState ready_state; /* to go to when the keys are written: Initialised (vbd) or Connected (vif) */

        /*
         * A device was found: the driver makes its structure, which contains the struct xenbus_device, and returns a
         * pointer to that; NULL: no memory, or no interest. device->path and so on are filled in after it returns.
         */
        struct xenbus_device *(*create)(void);

        /*
         * The backend has said what it offers (xenbus_backend_number and so on): allocates rings, grants and event
         * channels. Also called when a backend came back: nothing of the old connection is in use then.
         */
        int (*connect)(struct xenbus_device *device);

        /* Writes the keys for the backend, with xenstore_write(transaction, device->path, ...). May run several times.
         */
        int (*publish)(struct xenbus_device *device, xenstore_transaction transaction);

        /* Both are connected: the rings may be used. An error (said by the driver) ends the connection. */
        int (*connected)(struct xenbus_device *device);

        /* May be NULL. Something below the backend's directory changed while both were connected. */
        void (*changed)(struct xenbus_device *device);

        /*
         * The connection ended, or `connect` failed half-way: gives back grants and event channels; requests under way
         * are completed as failed. The device stays: a new connection may follow.
         */
        void (*disconnect)(struct xenbus_device *device);
};

struct xenbus_device {
        const struct xenbus_driver *driver;
        char name[XENBUS_NAME_MAX];      /* "vif0", for messages */
        char path[XENSTORE_PATH_MAX];    /* "device/vif/0" */
        char backend[XENSTORE_PATH_MAX]; /* "/local/domain/0/backend/vif/5/0" */
        uint16_t backend_domain;
        uint32_t number; /* the last word of path: order of devices; for vbd, what is coded in it */

        /* xenbus's own */
        XenbusState state;
        bool allocated; /* `connect` was called and `disconnect` was not */
        bool running;   /* `connected` was called and `disconnect` was not */
        bool failed;    /* for good */
        unsigned attempts;
        uint64_t deadline; /* of the step under way */
        struct xenstore_watch watch;
        char watched[XENSTORE_PATH_MAX];
};

/*
 * Finds the devices of the driver's class and connects them, in the order of their numbers; waits until each is
 * connected or has failed, and is called once for each class. Returns how many are connected. 0 off Xen.
 */
unsigned xenbus_probe(const struct xenbus_driver *driver);

/* The backend's keys. A key that is not there is `otherwise`; one that is no number or greater than `most` too. */
uint64_t xenbus_backend_number(const struct xenbus_device *device, const char *key, uint64_t most, uint64_t otherwise);
int xenbus_backend_text(const struct xenbus_device *device, const char *key, char *value, size_t bytes);

/* Grants `pages` pages from `memory` on to the backend, for writing. Returns 0 or an error with nothing granted. */
int xenbus_grant(const struct xenbus_device *device, void *memory, unsigned pages, grant_reference *references);

/*
 * The backend broke the protocol: says so once ("[xen] vif0: WHY; it is not used any more"), goes to Closed for good.
 * `disconnect` is not called: the driver stops by itself. From a thread or an interrupt handler.
 */
void xenbus_fail(struct xenbus_device *device, const char *why);

#endif
