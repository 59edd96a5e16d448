/*
 * netfront (public/io/netif.h): what its files share. net.c connects it and keeps up its link, transmit.c and receive.c
 * move packets.
 *
 * The stack calls the driver with its core lock held; the thread "xenstore" connects and disconnects. What both need
 * (the rings, grants, frames) is touched by the stack's side alone: net.c hands work over to the next poll.
 *
 * netif.h has one ring page for each direction: unlike blkif.h it offers no ring of several pages.
 */
#ifndef CORACLE_XEN_NET_H
#define CORACLE_XEN_NET_H

#include <stdatomic.h>
#include <stddef.h>

#include <coracle/netdev_pool.h>
#include <coracle/sched.h>
#include <xen/share/ring.h>
#include <xen/bus/xenbus.h>

#define XEN_NET_RING 256u /* slots of each ring: what fits in a page */

/* How much of each the driver takes, decided once from the guest's memory. */
struct xen_net_limits {
        uint16_t posted;  /* receive requests on the ring, at most */
        uint16_t buffers; /* receive pages, those that the stack holds included */
        uint16_t slots;   /* transmit pages for what is copied */
        bool large;       /* the ring has room for packets of 64 KiB */
};

struct xen_net_buffer; /* a receive page */

struct xen_net_receive {
        struct ring ring;
        grant_reference grant; /* the ring's page */
        event_port port;
        struct xen_net_buffer *posted[XEN_NET_RING]; /* by slot of the ring */
        struct xen_net_buffer *all;                  /* an array of limits.buffers */
        struct netdev_pool pool;
        uint32_t target; /* requests to keep posted; grows with the traffic */
};

struct xen_net_request; /* by its id: a request on the ring, or free */
struct xen_net_slot;

struct xen_net_transmit {
        struct ring ring;
        grant_reference grant;
        event_port port;
        struct xen_net_request *requests; /* XEN_NET_RING */
        uint16_t free;                    /* the first of a chain of free ids */
        uint16_t unused;                  /* how many there are */
        struct xen_net_slot *slots;       /* limits.slots */
        struct xen_net_slot *free_slot;
        uint32_t slots_made;
        unsigned accepted; /* frames on the ring */
        unsigned extras;   /* slots of the ring that carry extra information, not a request */
        bool refused;      /* -EAGAIN was answered: the stack waits for room */
};

enum xen_net_work { XEN_NET_NOTHING, XEN_NET_START, XEN_NET_STOP, XEN_NET_RELEASE };

struct xen_net {
        struct netdev netdev;
        struct xenbus_device device;
        struct xen_net_limits limits;
        struct xen_net_receive receive;
        struct xen_net_transmit transmit;
        bool up;             /* the rings may be used; the stack's side */
        bool registered;     /* the class knows it */
        bool split;          /* an event channel for each direction */
        bool scatter_gather; /* frames of several pieces are taken */
        atomic_bool armed;   /* the stack sleeps and wants to be woken */
        atomic_bool news;    /* there is work or the link changed, and the stack has not polled since */
        struct spinlock lock;
        struct wait_queue done;
        atomic_uint work; /* enum xen_net_work: what the next poll is to do; under the lock but for reading */
};

static inline struct xen_net *xen_net_of(struct netdev *netdev)
{
        return (struct xen_net *)(void *)((char *)netdev - offsetof(struct xen_net, netdev));
}

/* The limits for a guest of `memory` bytes. */
struct xen_net_limits xen_net_limits(uint64_t memory);

/* Finds the vifs, connects and registers them. Returns how many. */
unsigned xen_net_probe(void);

/* The backend broke the protocol: says so, uses the rings no more. The stack's side. */
void xen_net_break(struct xen_net *net, const char *why);

/* Wakes the stack if it asked for it. Any context. */
void xen_net_wake(struct xen_net *net);

/* ---- receive.c ---- */
int xen_net_receive_init(struct xen_net *net);
/* Posts free buffers up to the target, making new ones where the limit allows; tells the backend. */
void xen_net_refill(struct xen_net *net);
unsigned xen_net_receive(struct xen_net *net, unsigned budget, void (*receive)(void *ctx, struct netdev_buffer *packet),
                         void *ctx);
/* Whether packets (or buffers to post to an empty ring) are there, after asking for an event. */
bool xen_net_receive_arm(struct xen_net *net);
/* The backend has let go: every posted buffer is free again, no page is granted any more. */
void xen_net_receive_release(struct xen_net *net);

/* ---- transmit.c ---- */
int xen_net_transmit_init(struct xen_net *net);
int xen_net_transmit(struct netdev *netdev, const struct netdev_segment *segments, unsigned count,
                     const struct netdev_offload *offload, void (*done)(void *cookie), void *cookie);
void xen_net_flush(struct netdev *netdev);
void xen_net_reap(struct xen_net *net);
bool xen_net_transmit_arm(struct xen_net *net);
/* The backend has let go: every accepted frame is done, no page is granted any more. */
void xen_net_transmit_release(struct xen_net *net);

#endif
