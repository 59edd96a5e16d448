/*
 * The page allocator as the other files of this room see it: blocks by page number (physical address / 4096), and
 * chains of blocks. Page number 0 is never handed out and means "none".
 */
#ifndef CORACLE_MEM_PAGE_H
#define CORACLE_MEM_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <platform.h>

#define PAGE_ORDER_MAX 20u /* 4 GiB */

/*
 * Before any other use of the allocator, once: takes `pages` off RAM for good, at a multiple of `alignment` (a power of
 * two), as high as they fit. Returns the physical address, 0 when no range is large enough. The memory is
 * not touched, and the allocator does not start for it.
 */
uint64_t page_reserve(uint32_t pages, uint32_t alignment);

/* Page numbers of a block of 2^order pages; 0 when there is none. `keep`: fail rather than leave fewer pages free. */
uint32_t page_block_alloc(unsigned order, uint64_t keep);
void page_block_free(uint32_t block, unsigned order);

/* Cuts an allocated block into two allocated halves of order - 1. The chain link of the block moves to the upper half,
 * and the lower half is linked to the upper. */
void page_block_split(uint32_t block);

unsigned page_block_order(uint32_t block);

/* The one link that the owner of an allocated block may use. Zero after allocation. */
uint32_t page_block_next(uint32_t block);
void page_block_set_next(uint32_t block, uint32_t next);

/* Free RAM at boot, in pages. */
uint64_t page_total(void);

/* Bytes handed to malloc, counted by heap.c. */
extern _Atomic uint64_t memory_heap_bytes;

static inline size_t page_round_up(size_t bytes)
{
        return (bytes + PLATFORM_PAGE_SIZE - 1) & ~(PLATFORM_PAGE_SIZE - 1);
}

#endif
