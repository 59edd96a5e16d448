/*
 * The network stack's inside: one core lock around lwIP and all sockets.
 *
 * Whoever calls lwIP does so between network_enter and network_leave, threads only. network_leave finishes what the
 * batch began: it delivers loopback packets, wakes the threads and pollers of the sockets that changed, hands the
 * devices what was queued, and moves the network thread's alarm. Received packets are processed by a thread that is
 * about to wait for the network, else by the network thread, which the drivers' wake callback and the timers wake.
 */
#ifndef CORACLE_NET_NETWORK_H
#define CORACLE_NET_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <coracle/list.h>
#include <coracle/netdev.h>

#include "lwip/netif.h"

/* Packets taken from a device before other threads get their turn at the core lock. */
#define NETWORK_BUDGET 64u

#define NETWORK_MILLISECOND 1000000ull
#define NETWORK_SECOND      1000000000ull

/* ---- core.c ---- */
void network_enter(void);
void network_leave(void);

/* Core lock held: processes at most one budget of each device's packets. Returns whether there were any. */
bool network_take_packets(void);

/* Core lock held: the network thread must look at its alarm again, or at the devices. */
void network_kick(void);

/* Starts the network thread. Returns 0 or -EAGAIN. */
int network_thread_start(void);

/* Something to do at the end of the batch: `fn` runs in network_leave, core lock held. Link it once. */
struct network_deferred {
        struct list link;
        void (*fn)(struct network_deferred *deferred);
};
void network_defer(struct network_deferred *deferred);
void network_defer_cancel(struct network_deferred *deferred);

/* ---- interface.c: netdev to lwIP and back ---- */
struct interface {
        struct netif netif;
        struct netdev *device;
        unsigned index;      /* of the device; the command line's coracle.ipN */
        bool transmitted;    /* frames were queued since the last flush */
        bool blocked;        /* a frame did not fit into the device's ring */
        unsigned held;       /* received buffers that lwIP or a socket still holds */
        unsigned held_max;   /* beyond this they are copied */
        uint64_t no_memory;  /* packets dropped because there was no memory to keep them */
        struct large *large; /* segments kept to go out as one frame, or NULL; see large.c */
        struct netdev_info info;
        ip4_addr_t told;     /* the IPv4 address that the log has heard of */
        uint8_t ipv6_prefix; /* of the static IPv6 address, bits; 0: none */
        bool ipv6_has_gateway;
        ip6_addr_t ipv6_gateway; /* static */
};

#define NETWORK_INTERFACES_MAX 8u

extern struct interface *network_interfaces[NETWORK_INTERFACES_MAX];
extern unsigned network_interface_count;

/* Adds the index-th device to lwIP. Returns 0, -ENOMEM, -ENODEV. */
int interface_add(unsigned index);
bool interface_poll(struct interface *interface, unsigned budget);
void interface_flush(struct interface *interface);

/* ---- timers.c: lwIP's periodic work ---- */
void network_timers_run(void);
uint64_t network_timers_next(void); /* monotonic time of the next; PLATFORM_FOREVER: none */

/* ---- time_wait.c ---- */
/* Forgets the oldest connections in TIME_WAIT when there are many. */
void network_bound_time_wait(void);
/* The packet whose SYN has just taken over a connection, to be put in once more; NULL: none. The caller's now. */
struct pbuf *network_packet_again(void);

/* ---- heap.c ---- */
/* Bytes that the stack may take from the page allocator, and whether little is left of them. */
void network_heap_limit(size_t bytes);
bool network_heap_low(void);
size_t network_heap_used(void);

/* ---- limits.c ---- */
struct network_limits {
        unsigned tcp_connections; /* protocol control blocks, TIME_WAIT included */
        unsigned time_wait;       /* finished connections remembered; beyond it the oldest are forgotten */
};
extern struct network_limits network_limits;
void network_limits_set(uint64_t memory_bytes);

/* ---- start.c ---- */
/*
 * Core lock held: waits until an interface that reaches other hosts has an address, at most as long as an
 * unanswered DHCP request deserves. Returns 0, -ETIMEDOUT, -ENETDOWN (no interface at all).
 */
int network_wait_configured(void);

#endif
