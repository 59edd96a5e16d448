/* What xenbus.c (the handshake) and probe.c (finding devices) know of each other. */
#ifndef CORACLE_XEN_XENBUS_DEVICE_H
#define CORACLE_XEN_XENBUS_DEVICE_H

#include <xen/bus/xenbus.h>

/* Looks at the backend and does what there is to do for the device `ctx`: the function of its watch. */
void xenbus_look(void *ctx);

/* The device runs, or never will: xenbus_probe need not wait for it any longer. */
void xenbus_settle(struct xenbus_device *device);

#endif
