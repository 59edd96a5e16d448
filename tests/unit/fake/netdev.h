/* The network class for one driver. */
#ifndef FAKE_NETDEV_H
#define FAKE_NETDEV_H

#include <coracle/netdev_driver.h>

extern struct netdev *fake_netdev; /* the last that was registered */
extern unsigned fake_wakes;

#endif
