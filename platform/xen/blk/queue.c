/*
 * blkfront, requests (public/io/blkif.h).
 *
 * Invariant: every request is on the free list, on the ring or held; while the ring is up and something is held, there
 * is something on the ring. What the backend writes (the response's id, operation and status) is read once; an id that
 * is not on the ring breaks the device.
 */
#include <errno.h>
#include <string.h>

#include <coracle/memory.h>
#include <platform.h>
#include <xen/blk/blk.h>

#define PAGE         ((uint32_t)PLATFORM_PAGE_SIZE)
#define PAGE_SECTORS (PAGE / BLKDEV_SECTOR)

enum place { FREE, ON_RING, HELD };

struct xen_blk_request {
        void (*done)(void *cookie, int status);
        void *cookie;
        struct xen_blk_request *next; /* of the free list, or of those held */
        enum place place;
        enum blkdev_operation operation;
        uint64_t number; /* which one it is of all that were made */
        uint64_t sector, sectors;
        uint16_t grant_count; /* of the program's pages */
        uint16_t segment_count;
        struct xen_blk_page *indirect; /* where the backend reads its segments, or NULL */
        struct xen_blk_page *pages;    /* of the pool, in the order of the data */
        struct blkdev_segment segments[XEN_BLK_SEGMENTS];
        grant_reference grants[XEN_BLK_PAGES];
};

/* What the backend is told of the data: for each page its reference and the sectors in it. */
struct plan {
        unsigned count;
        struct blkif_request_segment pieces[XEN_BLK_PAGES];
};

int xen_blk_queue_init(struct xen_blk *blk, uint32_t count)
{
        blk->requests = page_alloc(page_order(count * sizeof *blk->requests));
        if (blk->requests == NULL)
                return -ENOMEM;
        memset(blk->requests, 0, count * sizeof *blk->requests);
        blk->request_count = count;
        for (uint32_t i = count; i-- > 0;) {
                blk->requests[i].next = blk->free;
                blk->free = &blk->requests[i];
        }
        return 0;
}

/* ---- Giving back ---- */

/* Returns -EBUSY when the backend still uses a page: its grant is lost then. */
static int give_back(struct xen_blk *blk, struct xen_blk_request *request)
{
        int error = 0;
        for (unsigned i = 0; i < request->grant_count; i++)
                if (grant_revoke(request->grants[i]) != 0)
                        error = -EBUSY;
        request->grant_count = 0;
        if (request->indirect != NULL)
                xen_blk_page_give(blk, request->indirect);
        request->indirect = NULL;
        while (request->pages != NULL) {
                struct xen_blk_page *page = request->pages;
                request->pages = page->next;
                xen_blk_page_give(blk, page);
        }
        return error;
}

/* Copies between the program's segments and the pages of the pool. */
static void copy(struct xen_blk_request *request, bool to_program)
{
        struct xen_blk_page *page = request->pages;
        uint32_t used = 0; /* of the page */
        for (unsigned i = 0; i < request->segment_count; i++) {
                char *data = request->segments[i].data;
                for (uint32_t left = request->segments[i].bytes; left != 0;) {
                        uint32_t part = left < PAGE - used ? left : PAGE - used;
                        memcpy(to_program ? data : page->data + used, to_program ? page->data + used : data, part);
                        data += part;
                        left -= part;
                        used += part;
                        if (used == PAGE) {
                                page = page->next;
                                used = 0;
                        }
                }
        }
}

/* ---- Describing the data ---- */

static void add_piece(struct plan *plan, grant_reference grant, uint32_t offset, uint32_t bytes)
{
        plan->pieces[plan->count++] = (struct blkif_request_segment){
                .gref = grant,
                .first_sect = (uint8_t)(offset / BLKDEV_SECTOR),
                .last_sect = (uint8_t)((offset + bytes) / BLKDEV_SECTOR - 1),
        };
}

/* Pages of the pool for all the data. Returns 0 or -EAGAIN. */
static int plan_pages(struct xen_blk *blk, struct xen_blk_request *request, uint32_t bytes, struct plan *plan)
{
        struct xen_blk_page **last = &request->pages;
        for (uint32_t part; bytes != 0; bytes -= part) {
                struct xen_blk_page *page = xen_blk_page_take(blk);
                if (page == NULL)
                        return -EAGAIN;
                part = bytes < PAGE ? bytes : PAGE;
                add_piece(plan, page->grant, 0, part);
                page->next = NULL;
                *last = page;
                last = &page->next;
        }
        return 0;
}

/* The program's own pages, granted one by one. Returns 0 or -EAGAIN: there are no grants left now. */
static int plan_grants(struct xen_blk *blk, struct xen_blk_request *request, struct plan *plan)
{
        const uintptr_t direct_map = (uintptr_t)platform_boot_info()->direct_map; /* grants go by physical pages */
        for (unsigned i = 0; i < request->segment_count; i++) {
                uint64_t address = request->segments[i].address;
                for (uint32_t left = request->segments[i].bytes, part; left != 0; left -= part, address += part) {
                        uint32_t offset = (uint32_t)address % PAGE;
                        part = left < PAGE - offset ? left : PAGE - offset;
                        grant_reference *grant = &request->grants[request->grant_count];
                        if (grant_page(blk->device.backend_domain, (void *)(direct_map + address),
                                       request->operation != BLKDEV_READ, grant) != 0)
                                return -EAGAIN;
                        request->grant_count++;
                        add_piece(plan, *grant, offset, part);
                }
        }
        return 0;
}

/* ---- Requests ---- */

static uint8_t operation_of(const struct xen_blk *blk, enum blkdev_operation operation)
{
        switch (operation) {
        case BLKDEV_READ:
                return BLKIF_OP_READ;
        case BLKDEV_WRITE:
                return BLKIF_OP_WRITE;
        case BLKDEV_FLUSH:
                return blk->barrier ? BLKIF_OP_WRITE_BARRIER : BLKIF_OP_FLUSH_DISKCACHE;
        default:
                return BLKIF_OP_DISCARD;
        }
}

/* What goes on the ring. Pieces that do not fit there are in the indirect page. */
static void describe(struct xen_blk *blk, const struct xen_blk_request *slot, const struct plan *plan)
{
        union xen_blk_entry entry;
        const uint8_t operation = operation_of(blk, slot->operation);
        const blkif_vdev_t handle = (blkif_vdev_t)blk->device.number;
        const uint64_t id = (uint64_t)(slot - blk->requests);
        memset(&entry, 0, sizeof entry);
        if (operation == BLKIF_OP_DISCARD) {
                entry.discard = (blkif_request_discard_t){.operation = operation,
                                                          .handle = handle,
                                                          .id = id,
                                                          .sector_number = slot->sector,
                                                          .nr_sectors = slot->sectors};
        } else if (slot->indirect != NULL) {
                memcpy(slot->indirect->data, plan->pieces, plan->count * sizeof plan->pieces[0]);
                entry.indirect = (blkif_request_indirect_t){.operation = BLKIF_OP_INDIRECT,
                                                            .indirect_op = operation,
                                                            .nr_segments = (uint16_t)plan->count,
                                                            .id = id,
                                                            .sector_number = slot->sector,
                                                            .handle = handle,
                                                            .indirect_grefs = {slot->indirect->grant}};
        } else {
                entry.request = (blkif_request_t){.operation = operation,
                                                  .nr_segments = (uint8_t)plan->count,
                                                  .handle = handle,
                                                  .id = id,
                                                  .sector_number = slot->sector};
                memcpy(entry.request.seg, plan->pieces, plan->count * sizeof plan->pieces[0]);
        }
        memcpy(RING_SLOT(&blk->ring, union xen_blk_entry, blk->ring.produced), &entry, sizeof entry);
        blk->ring.produced++;
}

/* Grants or copies the data. Returns 0, -EAGAIN. */
static int prepare(struct xen_blk *blk, struct xen_blk_request *slot, struct plan *plan)
{
        int error = blk->persistent ? plan_pages(blk, slot, (uint32_t)slot->sectors * BLKDEV_SECTOR, plan)
                                    : plan_grants(blk, slot, plan);
        if (error == 0 && plan->count > BLKIF_MAX_SEGMENTS_PER_REQUEST) {
                slot->indirect = xen_blk_page_take(blk);
                error = slot->indirect == NULL ? -EAGAIN : 0;
        }
        if (error == 0 && blk->persistent && slot->operation == BLKDEV_WRITE)
                copy(slot, false);
        return error;
}

/* Can this backend do it? The one that was there when the class checked the request may have been another. */
static bool is_possible(const struct xen_blk *blk, const struct xen_blk_request *slot)
{
        const uint64_t sectors = atomic_load(&blk->blkdev.sectors);
        if (slot->operation == BLKDEV_FLUSH)
                return blk->flushes;
        return slot->sector <= sectors && slot->sectors <= sectors - slot->sector &&
               (slot->operation == BLKDEV_READ || blk->writable);
}

/* Puts it on the ring. Returns 0, -EAGAIN: there is no room now, -EIO: there never will be. */
static int start(struct xen_blk *blk, struct xen_blk_request *slot)
{
        struct plan plan = {.count = 0};
        if (!is_possible(blk, slot))
                return -EIO;
        if (ring_room(&blk->ring) == 0)
                return -EAGAIN;
        if (slot->segment_count != 0 && prepare(blk, slot, &plan) != 0) {
                (void)give_back(blk, slot); /* the backend never saw these */
                return blk->accepted != 0 ? -EAGAIN : -EIO;
        }
        describe(blk, slot, &plan);
        slot->place = ON_RING;
        blk->accepted++;
        return 0;
}

int xen_blk_submit(struct blkdev *blkdev, const struct blkdev_request *request)
{
        struct xen_blk *blk = xen_blk_of(blkdev);
        struct xen_blk_request *slot = blk->free;
        if (blk->state == XEN_BLK_GONE)
                return -EIO;
        if (blk->state == XEN_BLK_AWAY || blk->held != NULL || slot == NULL)
                return -EAGAIN;
        slot->done = request->done;
        slot->cookie = request->cookie;
        slot->operation = request->operation;
        slot->sector = request->sector;
        slot->sectors = request->sectors;
        slot->segment_count = (uint16_t)request->count;
        if (request->count != 0)
                memcpy(slot->segments, request->segments, request->count * sizeof request->segments[0]);
        struct xen_blk_request *next = slot->next;
        const int error = start(blk, slot);
        if (error != 0)
                return error;
        slot->number = blk->numbered++;
        blk->free = next;
        return 0;
}

void xen_blk_kick(struct blkdev *blkdev)
{
        struct xen_blk *blk = xen_blk_of(blkdev);
        if (blk->state != XEN_BLK_UP || !ring_publish(&blk->ring))
                return;
        blkdev->statistics.kicks++;
        (void)event_send(blk->port);
}

/* ---- Responses ---- */

/* The request, which is on no ring and in no list, is over. `status`: 0 or a negative errno. */
static void end(struct xen_blk *blk, struct xen_blk_request *slot, int status)
{
        slot->place = FREE;
        slot->next = blk->free;
        blk->free = slot;
        blkdev_done(&blk->blkdev, slot->done, slot->cookie, status);
}

static struct xen_blk_request *take_held(struct xen_blk *blk)
{
        struct xen_blk_request *slot = blk->held;
        blk->held = slot->next;
        return slot;
}

/* A request on the ring is over. */
static void finish(struct xen_blk *blk, struct xen_blk_request *slot, int status)
{
        if (status == 0 && slot->operation == BLKDEV_READ && slot->pages != NULL)
                copy(slot, true);
        const int error = give_back(blk, slot);
        blk->accepted--;
        end(blk, slot, status != 0 ? status : error != 0 ? -EIO : 0);
        if (error != 0)
                xen_blk_break(blk, "its backend keeps pages of a request that it finished");
}

void xen_blk_abandon(struct xen_blk *blk)
{
        for (unsigned i = 0; blk->accepted != 0; i++)
                if (blk->requests[i].place == ON_RING)
                        finish(blk, &blk->requests[i], -EIO);
        while (blk->held != NULL)
                end(blk, take_held(blk), -EIO);
}

static void take(struct xen_blk *blk)
{
        const volatile blkif_response_t *response =
                &RING_SLOT(&blk->ring, union xen_blk_entry, blk->ring.consumed)->response;
        const uint64_t id = response->id;
        const int16_t status = response->status;
        blk->ring.consumed++;
        if (id >= blk->request_count || blk->requests[id].place != ON_RING) {
                xen_blk_break(blk, "its backend answered a request that was not made");
                return;
        }
        finish(blk, &blk->requests[id],
               status == BLKIF_RSP_OKAY         ? 0
               : status == BLKIF_RSP_EOPNOTSUPP ? -ENOTSUP
                                                : -EIO);
}

static void take_all(struct xen_blk *blk)
{
        int count = ring_responses(&blk->ring);
        if (count < 0)
                xen_blk_break(blk, "its backend answered more requests than there are");
        for (; count > 0 && blk->state != XEN_BLK_GONE; count--)
                take(blk);
}

void xen_blk_reap(struct blkdev *blkdev)
{
        struct xen_blk *blk = xen_blk_of(blkdev);
        if (blk->state != XEN_BLK_UP)
                return;
        do {
                take_all(blk);
                if (blk->held != NULL)
                        (void)xen_blk_resume(blk);
        } while (blk->state == XEN_BLK_UP && ring_arm(&blk->ring, 1));
}

/* ---- Between two backends ---- */

static void hold(struct xen_blk *blk, struct xen_blk_request *slot)
{
        struct xen_blk_request **place = &blk->held;
        while (*place != NULL && (*place)->number < slot->number)
                place = &(*place)->next;
        slot->place = HELD;
        slot->next = *place;
        *place = slot;
}

/* A backend that keeps pages of the program may still write to them: a request that uses them again cannot be right. */
void xen_blk_hold(struct xen_blk *blk)
{
        if (blk->accepted != 0)
                take_all(blk);
        for (unsigned i = 0; blk->accepted != 0; i++) {
                struct xen_blk_request *slot = &blk->requests[i];
                if (slot->place != ON_RING)
                        continue;
                blk->accepted--;
                if (give_back(blk, slot) != 0)
                        end(blk, slot, -EIO);
                else
                        hold(blk, slot);
        }
}

unsigned xen_blk_resume(struct xen_blk *blk)
{
        const unsigned before = blk->accepted;
        while (blk->state == XEN_BLK_UP && blk->held != NULL) {
                struct xen_blk_request *slot = take_held(blk);
                const int error = start(blk, slot);
                if (error == -EAGAIN) {
                        hold(blk, slot);
                        break;
                }
                if (error != 0)
                        end(blk, slot, error);
        }
        xen_blk_kick(&blk->blkdev);
        return blk->accepted - before;
}
