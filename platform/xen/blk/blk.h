/*
 * blkfront (public/io/blkif.h): what its files share. blk.c connects it, queue.c moves requests, pages.c keeps the
 * pages that the backend may use for longer than a request.
 *
 * Two ways for data. Where the backend offers persistent grants, data is copied through pages that stay granted: the
 * backend maps each once. Where it does not, the program's own pages are granted for the time of the request.
 *
 * Sectors on the ring and in xenstore are 512 bytes whatever "sector-size" says, as in the backends that there are:
 * "feature-large-sector-size", which would change that, is not advertised.
 *
 * The queue is guarded by the block device's lock; the thread "xenstore" takes it to start and stop the queue.
 *
 * A backend may go away and come back. Requests that it had not answered are then put on the new ring again, in the
 * order in which they were made; those made meanwhile wait with them. Doing one twice does no harm: until it is over
 * nobody may count on what is there. What the backend that came back cannot do fails, and after XEN_BLK_PATIENCE
 * without one all do.
 */
#ifndef CORACLE_XEN_BLK_H
#define CORACLE_XEN_BLK_H

#include <stddef.h>

#include <coracle/blkdev_driver.h>
#include <coracle/timer.h>
#include <xen/bus/xenbus.h>
#include <xen/share/ring.h>

#include <xen/io/blkif.h>

#define XEN_BLK_RING_PAGES_MAX 4u

/* Of one request: segments of memory as the class gives them, and the pages that they may touch. */
#define XEN_BLK_SEGMENTS 16u
#define XEN_BLK_PAGES    64u

/* Nanoseconds for a backend to come back in: what Linux gives a SCSI disk to answer in. */
#define XEN_BLK_PATIENCE 30000000000ull

/* One place of the ring. */
union xen_blk_entry {
        blkif_request_t request;
        blkif_request_discard_t discard;
        blkif_request_indirect_t indirect;
        blkif_response_t response;
};

/* A page that stays granted while the device is connected. */
struct xen_blk_page {
        char *data;
        grant_reference grant;
        struct xen_blk_page *next; /* of the free list, or of a request's */
};

struct xen_blk_pool {
        struct xen_blk_page *all; /* an array of `limit` */
        struct xen_blk_page *free;
        unsigned made, limit;
};

struct xen_blk_request; /* by its id: a request on the ring, one that waits for a backend, or free */

enum xen_blk_state {
        XEN_BLK_AWAY, /* there is no connection: requests wait for one */
        XEN_BLK_UP,   /* the ring may be used */
        XEN_BLK_GONE, /* nobody came back in time, or the backend broke the protocol: requests fail */
};

struct xen_blk {
        struct blkdev blkdev;
        struct xenbus_device device;
        struct xen_blk_pool pool;
        struct ring ring;
        unsigned ring_pages;
        grant_reference ring_grants[XEN_BLK_RING_PAGES_MAX];
        bool told_order; /* the keys for rings of several pages are in xenstore */
        event_port port;
        struct xen_blk_request *requests; /* as many as the largest ring has places: */
        uint32_t request_count;
        struct xen_blk_request *free;
        struct xen_blk_request *held; /* what waits for a backend, or for its ring, in the order of being made */
        uint64_t numbered;            /* requests made so far */
        unsigned accepted;            /* requests on the ring */
        enum xen_blk_state state;
        struct timer patience; /* runs while the backend is away */
        bool registered;       /* the class knows it: its limits do not change any more */
        bool persistent;       /* data goes through the pool */
        bool writable;         /* this backend lets us write */
        bool flushes;          /* and knows how to flush: */
        bool barrier;          /* flush with BLKIF_OP_WRITE_BARRIER */
        uint32_t pages_most;   /* of a request, by what the backend takes */
};

static inline struct xen_blk *xen_blk_of(struct blkdev *blkdev)
{
        return (struct xen_blk *)(void *)((char *)blkdev - offsetof(struct xen_blk, blkdev));
}

/* Finds the disks, connects and registers them. Returns how many. */
unsigned xen_blk_probe(void);

/* The backend broke the protocol: says so, and ends every request. The device is locked. */
void xen_blk_break(struct xen_blk *blk, const char *why);

/* ---- queue.c ---- */
/* Makes the requests for rings of up to `count` places. Returns 0 or -ENOMEM. */
int xen_blk_queue_init(struct xen_blk *blk, uint32_t count);
/* The operations of the class: see blkdev_driver.h. */
int xen_blk_submit(struct blkdev *blkdev, const struct blkdev_request *request);
void xen_blk_kick(struct blkdev *blkdev);
void xen_blk_reap(struct blkdev *blkdev);
/*
 * These are for a device that is locked. What requests had granted is not any more, after the first two.
 * Every request is over, with -EIO.
 */
void xen_blk_abandon(struct xen_blk *blk);
/* The backend has let go: what it has answered is over, the rest is held for the next one. */
void xen_blk_hold(struct xen_blk *blk);
/* The ring is up: requests that were held go there. Returns how many did. */
unsigned xen_blk_resume(struct xen_blk *blk);

/* ---- pages.c ---- */
int xen_blk_pool_init(struct xen_blk_pool *pool, unsigned limit);
/* A granted page, the one given back last if there is one; NULL: the limit is reached. */
struct xen_blk_page *xen_blk_page_take(struct xen_blk *blk);
void xen_blk_page_give(struct xen_blk *blk, struct xen_blk_page *page);
/* The backend has let go: all pages are free, and none is granted any more. */
void xen_blk_pool_release(struct xen_blk_pool *pool);

#endif
