/* Network devices as a driver sees them: fill in a struct netdev, register it, call netdev_wake on interrupts. */
#ifndef CORACLE_NETDEV_DRIVER_H
#define CORACLE_NETDEV_DRIVER_H

#include <coracle/netdev.h>

/* Operations have the contracts of the netdev_* functions of the same name in netdev.h. */
struct netdev_operations {
        int (*transmit)(struct netdev *device, const struct netdev_segment *segments, unsigned count,
                        const struct netdev_offload *offload, void (*done)(void *cookie), void *cookie);
        void (*flush)(struct netdev *device);
        unsigned (*poll)(struct netdev *device, unsigned budget,
                         void (*receive)(void *ctx, struct netdev_buffer *packet), void *ctx);
        bool (*arm)(struct netdev *device);
};

struct netdev {
        const struct netdev_operations *operations;
        struct netdev_info info;             /* the driver fills in all but the name */
        struct netdev_statistics statistics; /* the driver counts */
        bool link_up;
        bool disabled;           /* the device misbehaved; every operation answers -ENODEV */
        void (*wake)(void *ctx); /* the class sets these two */
        void *wake_ctx;
};

#define NETDEV_DEVICES_MAX    8
#define ETHERNET_HEADER_BYTES 14u

/* Names the device "netN" and publishes it; it stays for ever. Returns 0, -ENOSPC. */
int netdev_register(struct netdev *device);

/* From the driver, in any context: there is work, and the stack has asked (netdev_arm) to be woken. */
void netdev_wake(struct netdev *device);

/* The device broke its contract: says so once on the console ("[net] net0: WHY; it is disabled"), disables it. */
void netdev_disable(struct netdev *device, const char *why);

#endif
