/*
 * The library OS's own names, which images hide from programs: this test drives a network device below the stack.
 */
#ifndef INTERNAL_H
#define INTERNAL_H

#define netdev_count                 __coracle_netdev_count
#define netdev_get                   __coracle_netdev_get
/* With parameters: structs have these names too. */
#define netdev_info(device, info)    __coracle_netdev_info(device, info)
#define netdev_statistics(device, s) __coracle_netdev_statistics(device, s)
#define netdev_link_up               __coracle_netdev_link_up
#define netdev_transmit              __coracle_netdev_transmit
#define netdev_flush                 __coracle_netdev_flush
#define netdev_poll                  __coracle_netdev_poll
#define netdev_set_wake              __coracle_netdev_set_wake
#define netdev_arm                   __coracle_netdev_arm
#define platform_probe_network       __coracle_platform_probe_network
#define platform_interrupts_disable  __coracle_platform_interrupts_disable
#define platform_interrupts_restore  __coracle_platform_interrupts_restore
#define platform_idle                __coracle_platform_idle
#define platform_clock_monotonic     __coracle_platform_clock_monotonic

#include "../../../libos/include/coracle/netdev.h"
#include "../../../platform/platform.h"

#endif
