/*
 * A toy driver of frontends that writes down what is asked of it, and its backend, which does as Linux's do: what the
 * tests of xenbus share. On the fake machine (fake/platform.h) with the fake xenstored.
 */
#ifndef FAKE_TOY_H
#define FAKE_TOY_H

#include <xen/bus/xenbus.h>

#define MS       1000000ull
#define SECOND   1000000000ull
#define FRONTEND "/local/domain/5/device/toy/"
#define BACKEND  "/local/domain/0/backend/toy/5/"

struct toy {
        struct xenbus_device device;
        unsigned connects, publishes, connecteds, changes, stops, releases;
        bool up; /* between connected and stop */
};
extern struct toy toys[20];     /* in the order in which they were made */
extern unsigned toy_order[64];  /* the numbers of devices, in the order in which they were connected */
extern int toy_connect_error;   /* what the driver answers to connect */
extern int toy_connected_error; /* and to connected */
extern struct xenbus_driver toy_driver;

extern bool backend_follows; /* it answers the frontend's states */
extern bool backend_refuses; /* with Closed instead of Connected */

/* A store without devices, and a backend that follows. */
void start(void);
/* What the toolstack writes for a new device, whose backend is ready. */
void add_device(unsigned number);

/* `base` is FRONTEND or BACKEND. A value of NULL: the key is not there. */
void set_key(const char *base, unsigned number, const char *key, const char *value);
const char *get_key(const char *base, unsigned number, const char *key);
void backend_state(unsigned number, XenbusState state);
unsigned frontend_state(unsigned number);

/* Whether the guest has printed that. */
bool said(const char *text);
/* Until the frontend is in that state; the thread "xenstore" and the backend work meanwhile. */
void until(unsigned number, unsigned state);

#endif
