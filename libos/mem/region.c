/*
 * Regions: mapped memory with guard pages, and bare address space, both in the mapping area.
 *
 * A region is an extent of kind REGION with a chain of page blocks behind it; the sizes of the blocks, in chain order,
 * add up to the size of the extent. Large blocks are used where they fit, so that a gigabyte takes few gate calls and,
 * at 2 MiB boundaries, large pages.
 */
#include "extent.h"
#include "page.h"
#include "region.h"

#include <errno.h>
#include <string.h>

#include <coracle/log.h>
#include <coracle/memory.h>

#define LARGE_PAGE      (512 * PLATFORM_PAGE_SIZE)
#define BLOCK_ORDER_MAX 12u /* 16 MiB: larger ones save nothing more */

static size_t block_bytes(uint32_t block)
{
        return PLATFORM_PAGE_SIZE << page_block_order(block);
}

unsigned region_block_order(uintptr_t address, size_t bytes)
{
        unsigned order = 63u - (unsigned)__builtin_clzl(bytes / PLATFORM_PAGE_SIZE);

        if (order > BLOCK_ORDER_MAX)
                order = BLOCK_ORDER_MAX;
        if (order >= 9 && (address & (LARGE_PAGE - 1)) != 0) {
                /* up to the boundary from which large pages work */
                size_t before = LARGE_PAGE - (address & (LARGE_PAGE - 1));

                order = 63u - (unsigned)__builtin_clzl(before / PLATFORM_PAGE_SIZE);
        }
        return order;
}

uint32_t region_map_block(uintptr_t address, size_t bytes, uint64_t keep)
{
        unsigned order = region_block_order(address, bytes);
        uint32_t block = page_block_alloc(order, keep);

        while (block == 0 && order > 0)
                block = page_block_alloc(--order, keep);
        if (block == 0)
                return 0;

        int error = platform_map((void *)address, (uint64_t)block << 12, PLATFORM_PAGE_SIZE << order, true);

        if (error != 0) {
                page_block_free(block, order);
                return 0;
        }
        return block;
}

_Atomic uint64_t region_unmappings;

/* Unmaps and frees a chain that starts at `address`. */
static void unback(uintptr_t address, uint32_t blocks)
{
        while (blocks != 0) {
                uint32_t next = page_block_next(blocks);
                unsigned order = page_block_order(blocks);
                size_t bytes = PLATFORM_PAGE_SIZE << order;

                platform_unmap((void *)address, bytes);
                atomic_fetch_add_explicit(&region_unmappings, 1, memory_order_relaxed);
                page_block_free(blocks, order);
                address += bytes;
                blocks = next;
        }
}

/* Puts memory behind addresses that have none. Returns the chain, 0 when memory is short (nothing is left mapped). */
static uint32_t back(uintptr_t start, size_t bytes)
{
        uint32_t first = 0, last = 0;
        size_t done = 0;

        while (done < bytes) {
                uint32_t block = region_map_block(start + done, bytes - done, 0);

                if (block == 0) {
                        unback(start, first);
                        return 0;
                }
                if (last == 0)
                        first = block;
                else
                        page_block_set_next(last, block);
                last = block;
                done += block_bytes(block);
        }
        return first;
}

static struct extent *space_alloc(size_t bytes, size_t alignment, enum extent_kind kind)
{
        struct extent *extent = NULL;

        extents_lock();
        if (extents_reserve(2) == 0)
                extent = extent_alloc(bytes, alignment, kind);
        extents_unlock();
        return extent;
}

void *address_space_alloc(size_t bytes, size_t alignment)
{
        struct extent *extent;

        if (bytes > SIZE_MAX - PLATFORM_PAGE_SIZE)
                return NULL;
        if (alignment < PLATFORM_PAGE_SIZE)
                alignment = PLATFORM_PAGE_SIZE;
        extent = space_alloc(page_round_up(bytes), alignment, EXTENT_SPACE);
        return extent == NULL ? NULL : (void *)extent->start;
}

void address_space_free(void *address, size_t bytes)
{
        extents_lock();

        struct extent *extent = extent_at((uintptr_t)address);

        if (extent == NULL || extent->start != (uintptr_t)address || extent->bytes != page_round_up(bytes) ||
            extent->kind != EXTENT_SPACE) {
                log_error("memory", "address_space_free: %p is not an allocated range of that size", address);
                platform_crash("corrupt use of the address-space allocator");
        }
        extent_release(extent);
        extents_unlock();
}

void *region_alloc_uncleared(size_t bytes, size_t guard_bytes)
{
        if (bytes == 0 || bytes > SIZE_MAX / 4 || guard_bytes > SIZE_MAX / 4)
                return NULL;
        bytes = page_round_up(bytes);
        guard_bytes = page_round_up(guard_bytes);

        /* large regions start at a large page where their guard leaves that possible */
        size_t alignment = bytes >= LARGE_PAGE && guard_bytes % LARGE_PAGE == 0 ? LARGE_PAGE : PLATFORM_PAGE_SIZE;
        struct extent *extent = NULL;

        extents_lock();
        if (extents_reserve(3) == 0)
                extent = extent_alloc(guard_bytes + bytes, alignment, EXTENT_REGION);
        if (extent != NULL && guard_bytes != 0) {
                extent->kind = EXTENT_GUARD;
                extent = extent_split(extent, extent->start + guard_bytes);
                extent->kind = EXTENT_REGION;
        }
        extents_unlock();
        if (extent == NULL)
                return NULL;

        uint32_t blocks = back(extent->start, bytes);

        extents_lock();
        extent->blocks = blocks;
        if (blocks == 0) {
                struct extent *guard = guard_bytes == 0 ? NULL : extent_at(extent->start - 1);

                extent_release(extent);
                if (guard != NULL)
                        extent_release(guard);
                extent = NULL;
        }
        extents_unlock();
        return extent == NULL ? NULL : (void *)extent->start;
}

static struct mapped_block first; /* the main stack: no extent knows it */

void *region_alloc_first(size_t bytes, size_t guard_bytes)
{
        size_t alignment = bytes < LARGE_PAGE ? PLATFORM_PAGE_SIZE : LARGE_PAGE;
        uint64_t physical =
                page_reserve((uint32_t)(bytes / PLATFORM_PAGE_SIZE), (uint32_t)(alignment / PLATFORM_PAGE_SIZE));
        char *region = platform_boot_info()->map_area + guard_bytes;

        if (physical == 0) /* a console that needed pages for a log line has started the allocator */
                physical = (uint64_t)page_block_alloc(page_order(bytes), 0) * PLATFORM_PAGE_SIZE;
        if (physical == 0 || platform_map(region, physical, bytes, true) != 0)
                return NULL;
        extents_leave_out(guard_bytes + bytes);
        first = (struct mapped_block){(uintptr_t)region, (uintptr_t)region + bytes, physical};
        return region;
}

void *region_alloc(size_t bytes, size_t guard_bytes)
{
        void *region = region_alloc_uncleared(bytes, guard_bytes);

        if (region != NULL)
                memset(region, 0, page_round_up(bytes));
        return region;
}

/* Makes the chain of `extent` end at an address inside it; returns the rest of it. */
static uint32_t cut_chain(struct extent *extent, uintptr_t at)
{
        uintptr_t address = extent->start;
        uint32_t block = extent->blocks;

        while (block != 0) {
                size_t bytes = block_bytes(block);

                if (address + bytes == at) {
                        uint32_t rest = page_block_next(block);

                        page_block_set_next(block, 0);
                        return rest;
                }
                if (address + bytes > at) {
                        page_block_split(block);
                        continue;
                }
                address += bytes;
                block = page_block_next(block);
        }
        return 0;
}

/* Cuts the extent that holds `at`, unless it starts there. Needs a spare node. Returns the one that starts there. */
static struct extent *cut_at(uintptr_t at)
{
        struct extent *extent = extent_at(at);

        if (extent == NULL || extent->start == at)
                return extent;

        uint32_t rest = extent->kind == EXTENT_REGION ? cut_chain(extent, at) : 0;
        struct extent *upper = extent_split(extent, at);

        upper->blocks = rest;
        return upper;
}

bool region_block_at(uintptr_t address, struct mapped_block *block)
{
        bool found = false;

        if (address >= first.start && address < first.end) {
                *block = first;
                return true;
        }
        extents_lock();

        const struct extent *extent = extent_at(address);
        uint32_t number = extent != NULL && extent->kind == EXTENT_REGION ? extent->blocks : 0;
        uintptr_t start = number != 0 ? extent->start : 0;

        for (; number != 0 && !found; number = page_block_next(number)) {
                uintptr_t end = start + block_bytes(number);

                found = address < end;
                if (found)
                        *block = (struct mapped_block){start, end, (uint64_t)number << 12};
                start = end;
        }
        extents_unlock();
        return found;
}

/* Gives one extent back; the lock is dropped while its pages are unmapped. */
static void release(struct extent *extent)
{
        if (extent->kind == EXTENT_REGION && extent->blocks != 0) {
                uint32_t blocks = extent->blocks;

                extent->kind = EXTENT_BUSY;
                extent->blocks = 0;
                extents_unlock();
                unback(extent->start, blocks);
                extents_lock();
        }
        extent_release(extent);
}

int region_free_part(void *address, size_t bytes)
{
        uintptr_t start = (uintptr_t)address;
        uintptr_t end = start + page_round_up(bytes);

        if (start % PLATFORM_PAGE_SIZE != 0 || end < start)
                return -EINVAL;
        extents_lock();
        if (extents_reserve(2) != 0) {
                extents_unlock();
                return -ENOMEM;
        }
        for (uintptr_t at = start; at < end;) {
                struct extent *extent = extent_at(at);

                if (extent == NULL)
                        break;

                uintptr_t extent_end = extent->start + extent->bytes;

                if (extent->kind == EXTENT_REGION || extent->kind == EXTENT_GUARD) {
                        extent = cut_at(at);
                        if (extent_end > end)
                                cut_at(end);
                        release(extent);
                        if (extents_reserve(2) != 0)
                                break;
                }
                at = extent_end;
        }
        extents_unlock();
        return 0;
}

void region_free(void *region, size_t bytes, size_t guard_bytes)
{
        guard_bytes = page_round_up(guard_bytes);

        extents_lock();

        struct extent *extent = extent_at((uintptr_t)region);

        if (extent == NULL || extent->start != (uintptr_t)region || extent->kind != EXTENT_REGION ||
            extent->bytes != page_round_up(bytes)) {
                log_error("memory", "region_free: %p is not a region of that size (freed twice?)", region);
                platform_crash("corrupt use of the region allocator");
        }
        release(extent);

        struct extent *guard = guard_bytes == 0 ? NULL : extent_at((uintptr_t)region - guard_bytes);

        if (guard != NULL && guard->kind == EXTENT_GUARD)
                extent_release(guard);
        extents_unlock();
}
