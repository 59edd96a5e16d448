/*
 * Frontends of paravirtual devices (public/io/xenbus.h): finds the devices of a class in xenstore, and takes each
 * through the states of the handshake with its backend, there and back again.
 *
 * phase     our state                 the backend's state                 what happens                   at most
 * waiting   Initialising              InitWait                            connect, publish: offered      10 s (*)
 * offered   Initialised or Connected  Connected                           connected: running             10 s
 *           (driver->ready_state)     Closing, Closed, gone               stop: closing
 * running   Connected                 Connected                           changed                        for ever
 *                                     anything else                       stop: closing
 * closing   Closed                    anything but Connected and Closing  release: closed                10 s
 * closed    Closed                    InitWait, or Closed while "online"  back to waiting                for ever
 *
 * (*) For a device that was connected before: for ever. A step that takes longer is reported by the device's name with
 * what it waited for. A device that is not connected in time at the start is not used; one whose connections fail
 * XENBUS_ATTEMPTS times in a row neither.
 *
 * All of the driver's functions but create are called in the thread "xenstore", one at a time, no lock held; they may
 * sleep and use xenstore. stop and release are also called for a device that failed before connect was.
 */
#ifndef CORACLE_XEN_XENBUS_H
#define CORACLE_XEN_XENBUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <coracle/timer.h>
#include <xen/event.h>
#include <xen/share/grant.h>
#include <xen/store/xenstore.h>

#include <xen/io/xenbus.h>

#define XENBUS_TIMEOUT  10000000000ull /* nanoseconds, for each step of the handshake */
#define XENBUS_ATTEMPTS 5u
#define XENBUS_NAME_MAX 16u

struct xenbus_device;

struct xenbus_driver {
        const char *class;       /* "vif", "vbd": the directory below device/ */
        XenbusState ready_state; /* to go to when the keys are written: Initialised (vbd) or Connected (vif) */

        /*
         * A device was found: the driver makes its structure, which contains the struct xenbus_device, all zero, and
         * returns a pointer to that; it stays for ever. NULL: no memory. The device's fields are filled in afterwards.
         */
        struct xenbus_device *(*create)(void);

        /*
         * The backend has said what it offers (xenbus_backend_number and so on): allocates rings, grants and event
         * channels. Also called when a backend came back: nothing of the old connection is left then. Returns 0 or an
         * error; release is called after an error too.
         */
        int (*connect)(struct xenbus_device *device);

        /* Writes the keys for the backend, with xenstore_write(transaction, device->path, ...). May run several times.
         */
        int (*publish)(struct xenbus_device *device, xenstore_transaction transaction);

        /* Both are connected: the rings may be used. After an error (said by the driver) the device is not used. */
        int (*connected)(struct xenbus_device *device);

        /* May be NULL. Something below the backend's directory changed while both were connected. */
        void (*changed)(struct xenbus_device *device);

        /* The connection ends: nothing may be put on the rings any more. The backend may still use what is there. */
        void (*stop)(struct xenbus_device *device);

        /*
         * The backend has let go, or had 10 s to: revokes grants, closes event channels; requests under way are over.
         * The structure stays: a new connection may follow.
         */
        void (*release)(struct xenbus_device *device);
};

enum xenbus_phase { XENBUS_WAITING, XENBUS_OFFERED, XENBUS_RUNNING, XENBUS_CLOSING, XENBUS_CLOSED };

struct xenbus_device {
        const struct xenbus_driver *driver;
        char name[XENBUS_NAME_MAX];      /* "vif0", for messages */
        char path[XENSTORE_PATH_MAX];    /* "device/vif/0" */
        char backend[XENSTORE_PATH_MAX]; /* "/local/domain/0/backend/vif/5/0" */
        uint16_t backend_domain;
        uint32_t number; /* the last word of path: order of devices; for vbd, what is coded in it */

        /* xenbus's own */
        enum xenbus_phase phase;
        bool started;       /* has been running once */
        bool settled;       /* the start is over: it runs, or never will */
        atomic_bool failed; /* for good */
        unsigned attempts;  /* connections in a row that failed */
        uint64_t since;     /* when the phase began */
        struct timer timer; /* its end, where it has one */
        struct xenstore_watch watch;
};

/*
 * Finds the devices of the driver's class and connects them, in the order of their numbers; waits until each runs or
 * has failed. Called once for each class, by a thread. Returns how many run. 0 off Xen.
 */
unsigned xenbus_probe(const struct xenbus_driver *driver);

/* The backend's keys. A key that is not there is `otherwise`; one that is no number or greater than `most` too. */
uint64_t xenbus_backend_number(const struct xenbus_device *device, const char *key, uint64_t most, uint64_t otherwise);

/* Returns the length, or an error as xenstore_read does. */
int xenbus_backend_text(const struct xenbus_device *device, const char *key, char *value, size_t bytes);

/* Grants `pages` pages from `memory` on to the backend, for writing. Returns 0 or an error with nothing granted. */
int xenbus_grant(const struct xenbus_device *device, const void *memory, unsigned pages, grant_reference *references);

/*
 * The device is not used any more: says so ("[xen] vif0: WHY; it is not used any more"; WHY NULL: nothing), once. stop
 * and release follow, soon, in the thread "xenstore". From any context.
 */
void xenbus_fail(struct xenbus_device *device, const char *why);

#endif
