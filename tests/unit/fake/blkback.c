/* The backend of a vbd: see blkback.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fake/blkback.h>
#include <platform.h>

#define BAD (-100)

struct fake_blkback fake_blkback;

void blkback_reset(void)
{
        static const struct {
                const char *key, *value;
        } keys[] = {{"max-ring-page-order", "4"},
                    {"feature-persistent", "1"},
                    {"feature-max-indirect-segments", "256"},
                    {"feature-flush-cache", "1"},
                    {"feature-barrier", "1"},
                    {"feature-discard", "1"},
                    {"sectors", "4096"},
                    {"sector-size", "512"},
                    {"physical-sector-size", "4096"},
                    {"mode", "w"},
                    {"info", "0"}};
        fake_host_reset();
        fake_blkdev_reset();
        fake_event_reset();
        fake_timer_reset();
        fake_grant_reset();
        fake_xenbus_reset();
        for (unsigned i = 0; i < sizeof keys / sizeof keys[0]; i++)
                fake_backend_set(keys[i].key, keys[i].value);
        fake_blkback.ring = NULL;
}

void blkback_fill(void)
{
        for (size_t i = 0; i < sizeof fake_blkback.disk; i++)
                fake_blkback.disk[i] = (uint8_t)(i * 7 + (i >> 9));
}

unsigned blkback_start(void)
{
        const unsigned count = xen_blk_probe();
        if (count != 0)
                blkback_map();
        return count;
}

void blkback_map(void)
{
        const uint32_t order = fake_frontend_number("ring-page-order");
        const uint32_t pages = order == UINT32_MAX ? 1 : 1u << order;
        uint8_t *first = fake_grant_use(fake_frontend_number(order == UINT32_MAX ? "ring-ref" : "ring-ref0"), true);
        for (uint32_t i = 1; i < pages; i++) {
                char key[24];
                snprintf(key, sizeof key, "ring-ref%u", i);
                if (fake_grant_use(fake_frontend_number(key), true) != first + i * PLATFORM_PAGE_SIZE)
                        abort(); /* on the host the pages lie in a row */
        }
        fake_blkback.ring = (struct ring_shared *)(void *)first;
        fake_blkback.size = ring_slots(pages * (uint32_t)PLATFORM_PAGE_SIZE, sizeof(union xen_blk_entry));
        fake_blkback.taken = 0;
}

union xen_blk_entry *blkback_entry(uint32_t index)
{
        return (union xen_blk_entry *)(void *)((char *)fake_blkback.ring + RING_HEADER_BYTES) +
               (index & (fake_blkback.size - 1));
}

uint32_t blkback_waiting(void)
{
        return fake_blkback.ring->request_producer - fake_blkback.taken;
}

union xen_blk_entry blkback_take(void)
{
        const union xen_blk_entry request = *blkback_entry(fake_blkback.taken++);
        atomic_store(&fake_blkback.ring->request_event, fake_blkback.taken + 1);
        return request;
}

static int move(const struct blkif_request_segment *pieces, unsigned count, uint64_t sector, bool reads)
{
        for (unsigned i = 0; i < count; i++) {
                uint8_t *page = fake_grant_use(pieces[i].gref, reads);
                if (page == NULL || pieces[i].last_sect > 7 || pieces[i].first_sect > pieces[i].last_sect)
                        return BAD;
                const uint64_t sectors = pieces[i].last_sect - pieces[i].first_sect + 1u;
                if (sector + sectors > FAKE_DISK_SECTORS)
                        return BAD;
                uint8_t *there = fake_blkback.disk + sector * BLKDEV_SECTOR;
                uint8_t *here = page + pieces[i].first_sect * BLKDEV_SECTOR;
                memcpy(reads ? here : there, reads ? there : here, sectors * BLKDEV_SECTOR);
                sector += sectors;
        }
        return BLKIF_RSP_OKAY;
}

int blkback_do(const union xen_blk_entry *entry)
{
        const blkif_request_t *request = &entry->request;
        switch (request->operation) {
        case BLKIF_OP_READ:
        case BLKIF_OP_WRITE:
                if (request->nr_segments == 0 || request->nr_segments > BLKIF_MAX_SEGMENTS_PER_REQUEST)
                        return BAD;
                return move(request->seg, request->nr_segments, request->sector_number,
                            request->operation == BLKIF_OP_READ);
        case BLKIF_OP_INDIRECT: {
                const uint8_t *pieces = fake_grant_use(entry->indirect.indirect_grefs[0], false);
                if (pieces == NULL || entry->indirect.nr_segments > 256)
                        return BAD;
                return move((const struct blkif_request_segment *)(const void *)pieces, entry->indirect.nr_segments,
                            entry->indirect.sector_number, entry->indirect.indirect_op == BLKIF_OP_READ);
        }
        case BLKIF_OP_DISCARD:
                if (entry->discard.sector_number + entry->discard.nr_sectors > FAKE_DISK_SECTORS)
                        return BAD;
                memset(fake_blkback.disk + entry->discard.sector_number * BLKDEV_SECTOR, 0xdd,
                       entry->discard.nr_sectors * BLKDEV_SECTOR);
                return BLKIF_RSP_OKAY;
        default: /* flush, barrier */
                return request->nr_segments == 0 ? BLKIF_RSP_OKAY : BAD;
        }
}

void blkback_answer(uint64_t id, uint8_t operation, int16_t status)
{
        const uint32_t at = fake_blkback.ring->response_producer;
        blkback_entry(at)->response = (blkif_response_t){.id = id, .operation = operation, .status = status};
        fake_blkback.ring->response_producer = at + 1;
}

unsigned blkback_serve(void)
{
        unsigned count = 0;
        for (; blkback_waiting() != 0; count++) {
                const union xen_blk_entry entry = blkback_take();
                const uint64_t id = entry.request.operation == BLKIF_OP_INDIRECT ? entry.indirect.id : entry.request.id;
                const int status = blkback_do(&entry);
                if (status == BAD)
                        abort();
                blkback_answer(id, entry.request.operation, (int16_t)status);
        }
        blkback_event();
        return count;
}

void blkback_event(void)
{
        fake_event(fake_frontend_number("event-channel"));
}
