/*
 * blkfront (public/io/blkif.h): the handshake with the backend and what it says of the disk. Requests are moved by
 * queue.c.
 *
 * When the backend goes away, requests wait for one to come back, for a while (blk.h). The limits that the class was
 * told when the device was registered are promised: a backend that comes back must keep them.
 */
#include <errno.h>
#include <string.h>

#include <coracle/log.h>
#include <coracle/memory.h>
#include <platform.h>
#include <xen/blk/blk.h>

#include <xen/io/protocols.h>

#define BLOCK_MOST       4096u
#define SECTORS_MAX      (UINT64_MAX / BLKDEV_SECTOR / 2)
#define DISCARD_SECTORS  (1u << 21) /* 1 GiB at a time */
#define MEMORY_PER_PAGE  32u        /* of the pool: a thirty-second of memory at most ... */
#define POOL_LEAST       96u        /* ... but enough for one request and its indirect page */
#define POOL_MOST        1024u      /* Linux's backend keeps 1,056 pages mapped by default */
#define MEMORY_PER_PLACE 131072u    /* of the ring */

/* vbd numbers (Xen's docs/man/xen-vbd-interface.7): xvd disks have major 202, or bit 28 set. */
#define VBD_XVD_MAJOR    202u
#define VBD_XVD_EXTENDED (1u << 28)

static struct xen_blk *blk_of(struct xenbus_device *device)
{
        return (struct xen_blk *)(void *)((char *)device - offsetof(struct xen_blk, device));
}

void xen_blk_break(struct xen_blk *blk, const char *why)
{
        if (blk->state == XEN_BLK_GONE)
                return;
        blk->state = XEN_BLK_GONE;
        blkdev_disable(&blk->blkdev, why);
        xenbus_fail(&blk->device, NULL);
        xen_blk_abandon(blk);
}

static void on_event(void *ctx)
{
        struct xen_blk *blk = ctx;
        blkdev_interrupt(&blk->blkdev);
}

/* Nobody has come back. What a backend still has is over when it has let go. */
static void run_out_of_patience(void *ctx)
{
        struct xen_blk *blk = ctx;
        spin_lock(&blk->blkdev.lock);
        const bool is_over = blk->state == XEN_BLK_AWAY;
        if (is_over)
                blk->state = XEN_BLK_GONE;
        if (is_over && blk->accepted == 0)
                xen_blk_abandon(blk);
        spin_unlock(&blk->blkdev.lock);
        if (!is_over)
                return;
        log_error("block", "%s: its backend went away %u s ago and did not come back; requests fail until it does",
                  blk->blkdev.info.name, (unsigned)(XEN_BLK_PATIENCE / 1000000000));
        blkdev_interrupt(&blk->blkdev); /* who waited for room finds out */
}

static const struct blkdev_operations operations = {
        .submit = xen_blk_submit,
        .kick = xen_blk_kick,
        .reap = xen_blk_reap,
};

/* Pages of a ring for this guest: 32 places each, rounded down to a power of two. */
static unsigned ring_pages(uint64_t memory)
{
        unsigned pages = 1;
        while (pages < XEN_BLK_RING_PAGES_MAX && (uint64_t)pages * 2 * 32 * MEMORY_PER_PLACE <= memory)
                pages *= 2;
        return pages;
}

static struct xenbus_device *create(void)
{
        const uint64_t memory = memory_total();
        uint64_t pool = memory / MEMORY_PER_PAGE / PLATFORM_PAGE_SIZE;
        struct xen_blk *blk = page_alloc(page_order(sizeof *blk));
        if (blk == NULL)
                return NULL;
        memset(blk, 0, sizeof *blk);
        timer_init(&blk->patience, run_out_of_patience, blk);
        blk->blkdev.operations = &operations;
        blk->blkdev.info.driver = "xen-blkfront";
        blk->ring_pages = ring_pages(memory);
        pool = pool < POOL_LEAST ? POOL_LEAST : pool > POOL_MOST ? POOL_MOST : pool;
        if (xen_blk_pool_init(&blk->pool, (unsigned)pool) != 0 ||
            xen_blk_queue_init(
                    blk, ring_slots(blk->ring_pages * (uint32_t)PLATFORM_PAGE_SIZE, sizeof(union xen_blk_entry))) != 0)
                return NULL; /* what there was of it is lost with the device */
        return &blk->device;
}

static uint32_t offered(const struct xen_blk *blk, const char *key, uint32_t most)
{
        const uint64_t number = xenbus_backend_number(&blk->device, key, UINT32_MAX, 0);
        return number < most ? (uint32_t)number : most;
}

/* A fresh ring, as large as both sides take, granted page by page. */
static int make_ring(struct xen_blk *blk)
{
        const uint32_t order = offered(blk, "max-ring-page-order", 8);
        unsigned pages = blk->ring_pages;
        while (pages > 1u << order)
                pages /= 2;
        char *memory = page_alloc(page_order(pages * PLATFORM_PAGE_SIZE));
        if (memory == NULL)
                return -ENOMEM;
        blk->ring_pages = pages;
        memset(memory, 0, pages * PLATFORM_PAGE_SIZE);
        ring_init(&blk->ring, memory, ring_slots(pages * (uint32_t)PLATFORM_PAGE_SIZE, sizeof(union xen_blk_entry)));
        const int error = xenbus_grant(&blk->device, memory, pages, blk->ring_grants);
        if (error != 0) {
                page_free(memory, page_order(pages * PLATFORM_PAGE_SIZE));
                blk->ring.shared = NULL;
        }
        return error;
}

static int came_back_with_less(const struct xen_blk *blk)
{
        log_error("block", "%s: its backend came back without features that are in use", blk->device.name);
        return -ENOTSUP;
}

static int connect(struct xenbus_device *device)
{
        struct xen_blk *blk = blk_of(device);
        const uint32_t indirect = offered(blk, "feature-max-indirect-segments", XEN_BLK_PAGES);
        const uint32_t pages = indirect > BLKIF_MAX_SEGMENTS_PER_REQUEST ? indirect : BLKIF_MAX_SEGMENTS_PER_REQUEST;
        if (blk->registered && pages < blk->pages_most)
                return came_back_with_less(blk);
        if (!blk->registered)
                blk->pages_most = pages;
        const int error = make_ring(blk);
        return error != 0 ? error : event_allocate(device->backend_domain, &blk->port, on_event, blk);
}

static int write_ring_keys(struct xen_blk *blk, xenstore_transaction transaction)
{
        const char *path = blk->device.path;
        char key[16];
        int error = 0;
        if (blk->ring_pages == 1)
                error = xenstore_write_number(transaction, path, "ring-ref", blk->ring_grants[0]);
        if (error != 0 || (blk->ring_pages == 1 && !blk->told_order))
                return error;
        blk->told_order = true; /* and it stays there: a later backend of one page reads it too */
        const uint32_t order = (uint32_t)__builtin_ctz(blk->ring_pages);
        error = xenstore_write_number(transaction, path, "ring-page-order", order);
        for (unsigned i = 0; i < blk->ring_pages && error == 0; i++) {
                format_text(key, sizeof key, "ring-ref%u", i);
                error = xenstore_write_number(transaction, path, key, blk->ring_grants[i]);
        }
        return error;
}

static int publish(struct xenbus_device *device, xenstore_transaction transaction)
{
        struct xen_blk *blk = blk_of(device);
        int error = write_ring_keys(blk, transaction);
        if (error == 0)
                error = xenstore_write_number(transaction, device->path, "event-channel", blk->port);
        if (error == 0)
                error = xenstore_write(transaction, device->path, "protocol", XEN_IO_PROTO_ABI_NATIVE);
        if (error == 0)
                error = xenstore_write_number(transaction, device->path, "feature-persistent", 1);
        return error;
}

/* ---- What the backend says of the disk, once it is connected ---- */

/* Sectors of the disk; 0: none, or more than there can be. */
static uint64_t read_sectors(const struct xen_blk *blk)
{
        return xenbus_backend_number(&blk->device, "sectors", SECTORS_MAX, 0);
}

/*
 * The class's limits. Pages of the pool hold any memory; the program's own are granted whole, so that a segment may
 * touch two more pages than its length has: one at each end.
 */
static void set_limits(struct xen_blk *blk)
{
        struct blkdev_info *info = &blk->blkdev.info;
        const uint32_t pages = blk->pages_most;
        const uint32_t segments = pages / 4 < XEN_BLK_SEGMENTS ? pages / 4 : XEN_BLK_SEGMENTS;
        info->segments_max = segments;
        info->request_bytes_max = (blk->persistent ? pages : pages - 2 * segments) * (uint32_t)PLATFORM_PAGE_SIZE;
        info->segment_bytes_max = info->request_bytes_max;
        info->segment_alignment = blk->persistent ? 1 : BLKDEV_SECTOR;
        info->discard_sectors_max = DISCARD_SECTORS;
}

/* Linux's backend offers to flush read-only disks and then fails to: a flush is a write. */
static void read_features(struct xen_blk *blk, bool persistent)
{
        char mode[4];
        const bool flush = offered(blk, "feature-flush-cache", 1) == 1;
        blk->persistent = persistent;
        blk->writable = xenbus_backend_text(&blk->device, "mode", mode, sizeof mode) == 1 && mode[0] == 'w' &&
                        (offered(blk, "info", UINT32_MAX) & VDISK_READONLY) == 0;
        blk->barrier = !flush && offered(blk, "feature-barrier", 1) == 1;
        blk->flushes = blk->writable && (flush || blk->barrier);
}

static void set_capabilities(struct xen_blk *blk)
{
        const bool discard = blk->writable && offered(blk, "feature-discard", 1) == 1;
        blk->blkdev.info.capabilities = (blk->writable ? 0 : BLKDEV_READ_ONLY) | (blk->flushes ? BLKDEV_CAN_FLUSH : 0) |
                                        (discard ? BLKDEV_CAN_DISCARD : 0);
}

/* Returns 0 or an error that has been said. Linux's backend says only now whether grants are persistent. */
static int read_disk(struct xen_blk *blk)
{
        const bool persistent = offered(blk, "feature-persistent", 1) == 1;
        struct blkdev_info *info = &blk->blkdev.info;
        const uint32_t block = (uint32_t)xenbus_backend_number(&blk->device, "sector-size", UINT32_MAX, BLKDEV_SECTOR);
        const uint32_t physical =
                (uint32_t)xenbus_backend_number(&blk->device, "physical-sector-size", UINT32_MAX, block);
        const uint64_t sectors = read_sectors(blk);
        const char *why = NULL;
        if (sectors == 0)
                why = "its size in xenstore is missing or none";
        else if (block < BLKDEV_SECTOR || block > BLOCK_MOST || (block & (block - 1)) != 0)
                why = "its block size is none of 512 to 4096";
        else if (blk->registered && block != info->block_bytes)
                why = "it came back with blocks of another size";
        if (why != NULL) {
                log_error("block", "%s: %s; it is not used", blk->device.name, why);
                return -EINVAL;
        }
        if (blk->registered && info->segment_alignment == 1 && !persistent) /* which only the pool makes possible */
                return came_back_with_less(blk);
        read_features(blk, persistent);
        if (blk->registered) {
                blkdev_resized(&blk->blkdev, sectors);
                return 0;
        }
        info->block_bytes = block;
        info->physical_block_bytes = physical >= block && (physical & (physical - 1)) == 0 ? physical : block;
        atomic_store(&blk->blkdev.sectors, sectors);
        set_limits(blk);
        set_capabilities(blk);
        return 0;
}

/* The disk's letter by its number: 0 for xvda. */
static uint32_t letter_of(uint32_t number)
{
        if ((number & VBD_XVD_EXTENDED) != 0)
                return (number & ~VBD_XVD_EXTENDED) >> 8;
        return number >> 8 == VBD_XVD_MAJOR ? (number & 0xff) >> 4 : BLKDEV_NEXT;
}

static int connected(struct xenbus_device *device)
{
        struct xen_blk *blk = blk_of(device);
        int error = read_disk(blk);
        if (error != 0)
                return error;
        (void)timer_cancel(&blk->patience);
        spin_lock(&blk->blkdev.lock);
        blk->state = XEN_BLK_UP;
        const unsigned again = xen_blk_resume(blk);
        spin_unlock(&blk->blkdev.lock);
        event_unmask(blk->port);
        if (blk->registered) {
                blkdev_interrupt(&blk->blkdev); /* who waited for a backend goes on */
                log_info("block", "%s: its backend came back; %u requests are made again", blk->blkdev.info.name,
                         again);
                return 0;
        }
        error = blkdev_register(&blk->blkdev, "xvd", letter_of(device->number));
        if (error == -EEXIST)
                error = blkdev_register(&blk->blkdev, "xvd", BLKDEV_NEXT);
        if (error != 0) {
                log_error("block", "%s: there are too many disks; it is not used", device->name);
                return error;
        }
        blk->registered = true;
        const struct blkdev_info *info = &blk->blkdev.info;
        log_info("block", "%s: %s of domain %u, %llu MiB in blocks of %u%s, ring of %u, %s grants", info->name,
                 device->name, device->backend_domain, (unsigned long long)atomic_load(&blk->blkdev.sectors) >> 11,
                 info->block_bytes, (info->capabilities & BLKDEV_READ_ONLY) != 0 ? ", read-only" : "", blk->ring.size,
                 blk->persistent ? "persistent" : "single");
        return 0;
}

/* The toolstack may have resized the disk. */
static void changed(struct xenbus_device *device)
{
        struct xen_blk *blk = blk_of(device);
        const uint64_t sectors = read_sectors(blk);
        if (sectors != 0)
                blkdev_resized(&blk->blkdev, sectors);
}

/* The time begins when a connection ends; tries that come to nothing do not prolong it. */
static void stop(struct xenbus_device *device)
{
        struct xen_blk *blk = blk_of(device);
        spin_lock(&blk->blkdev.lock);
        const bool was_up = blk->state == XEN_BLK_UP;
        if (was_up)
                blk->state = XEN_BLK_AWAY;
        if (atomic_load(&device->failed))
                blk->state = XEN_BLK_GONE;
        spin_unlock(&blk->blkdev.lock);
        if (was_up)
                timer_start(&blk->patience, platform_clock_monotonic() + XEN_BLK_PATIENCE);
}

static void release(struct xenbus_device *device)
{
        struct xen_blk *blk = blk_of(device);
        if (blk->port != 0)
                event_close(blk->port);
        blk->port = 0;
        spin_lock(&blk->blkdev.lock);
        if (blk->state == XEN_BLK_AWAY)
                xen_blk_hold(blk);
        if (blk->state == XEN_BLK_GONE) /* or is it now, for what it answered? */
                xen_blk_abandon(blk);
        xen_blk_pool_release(&blk->pool);
        spin_unlock(&blk->blkdev.lock);
        blkdev_interrupt(&blk->blkdev); /* who waited for room finds out */
        bool held = false;
        for (unsigned i = 0; blk->ring.shared != NULL && i < blk->ring_pages; i++)
                held = grant_revoke(blk->ring_grants[i]) != 0 || held;
        if (blk->ring.shared != NULL && !held)
                page_free(blk->ring.shared, page_order(blk->ring_pages * PLATFORM_PAGE_SIZE));
        blk->ring = (struct ring){.shared = NULL};
}

unsigned xen_blk_probe(void)
{
        static const struct xenbus_driver driver = {
                .class = "vbd",
                .ready_state = XenbusStateInitialised,
                .create = create,
                .connect = connect,
                .publish = publish,
                .connected = connected,
                .changed = changed,
                .stop = stop,
                .release = release,
        };
        return xenbus_probe(&driver);
}
