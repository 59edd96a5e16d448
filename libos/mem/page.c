/*
 * Physical memory in blocks of 2^order pages (a binary buddy system).
 *
 * A range of RAM starts with its header and one struct page for each of its pages, then come the pages themselves. The
 * ones from the frontier up have never been used and neither they nor their struct page have ever been touched, so
 * starting a range costs the same whatever its size. Ranges are started one by one as the need grows.
 *
 * page_reserve cuts a block off before the allocator starts: memory that is needed at every boot and never given back
 * then costs no header and no free list.
 *
 * Invariant: the pages between first_block and frontier are cut into blocks, each aligned to its size, each either
 * allocated or on the free list of its order; the struct page of a block's first page says which. The other struct
 * pages hold nothing that counts: RAM is not zero at boot. It follows that the buddy of a block, where it lies below
 * the frontier, is the first page of a block: a block that began before it would hold both.
 */
#include "page.h"

#include <coracle/log.h>
#include <coracle/memory.h>
#include <coracle/init.h>
#include <coracle/sched.h>

/* What a block is; odd values so that stray memory is not taken for one. */
#define PAGE_TAG_FREE      0xf4eeu
#define PAGE_TAG_ALLOCATED 0xa110u
#define PAGE_TAG_INSIDE    0x0000u

#define PAGE_ORDERS         (PAGE_ORDER_MAX + 1)
#define RANGE_PAGES_MIN     4u /* smaller ones are not worth a header */
#define PAGE_NUMBER_LIMIT   (1ull << 32)
#define PLATFORM_RANGES_MAX 64u

struct page {
        uint32_t next, previous; /* on a free list, by page number; next of an allocated block is its owner's */
        uint16_t order;
        uint16_t tag;
};

struct range {
        struct range *next;
        uint32_t first;       /* page number of the header */
        uint32_t first_block; /* behind the struct pages */
        uint32_t frontier;
        uint32_t end;
        uint32_t nonempty; /* a bit for each free list */
        uint32_t free[PAGE_ORDERS];
        struct page pages[];
};

/* RAM that is not in use yet, by page numbers; empty when it is too small to start a range in. */
struct span {
        uint32_t first, pages;
};

static struct {
        struct spinlock lock;
        char *direct_map;
        struct range *ranges;  /* started, the first to try first */
        uint64_t total, taken; /* pages: at boot; of them allocated or lost to headers */
        unsigned count;
        struct span spans[PLATFORM_RANGES_MAX + 1]; /* one more for what page_reserve leaves above its block */
} memory;

_Atomic uint64_t memory_heap_bytes;

static void *page_pointer(uint32_t number)
{
        return memory.direct_map + ((uint64_t)number << 12);
}

void memory_start(void)
{
        const struct platform_boot *boot = platform_boot_info();

        memory.direct_map = boot->direct_map;
        memory.count = boot->memory_count < PLATFORM_RANGES_MAX ? boot->memory_count : PLATFORM_RANGES_MAX;

        const struct platform_range *range = boot->memory;

        for (struct span *span = memory.spans; span < memory.spans + memory.count; span++, range++) {
                uint64_t first = range->physical / PLATFORM_PAGE_SIZE;
                uint64_t pages = range->bytes / PLATFORM_PAGE_SIZE;

                if (first + pages >= PAGE_NUMBER_LIMIT)
                        pages = first >= PAGE_NUMBER_LIMIT ? 0 : PAGE_NUMBER_LIMIT - 1 - first;
                span->first = (uint32_t)first;
                span->pages = pages < RANGE_PAGES_MIN ? 0 : (uint32_t)pages;
                memory.total += span->pages;
        }
}

/* NULL when none is left. */
static struct span *largest_span(void)
{
        struct span *largest = memory.spans;

        for (struct span *span = memory.spans + 1; span < memory.spans + memory.count; span++) {
                if (span->pages > largest->pages)
                        largest = span;
        }
        return largest->pages == 0 ? NULL : largest;
}

/* The page at which such a block starts as high in the span as can be; 0 when it does not fit. */
static uint32_t highest_block(const struct span *span, uint32_t pages, uint32_t alignment)
{
        uint32_t block = (span->first + span->pages - pages) & ~(alignment - 1);

        return span->pages < pages || block < span->first ? 0 : block;
}

uint64_t page_reserve(uint32_t pages, uint32_t alignment)
{
        uint32_t block = 0;
        struct span *span = memory.spans + memory.count;

        while (block == 0 && span > memory.spans)
                block = highest_block(--span, pages, alignment);
        if (block == 0)
                return 0;

        /* What is too small below or above the block is lost with it. */
        uint32_t below = block - span->first, above = span->pages - below - pages;

        memory.taken += span->pages;
        span->pages = below < RANGE_PAGES_MIN ? 0 : below;
        memory.taken -= span->pages;
        if (above >= RANGE_PAGES_MIN) {
                memory.spans[memory.count++] = (struct span){block + pages, above};
                memory.taken -= above;
        }
        return (uint64_t)block * PLATFORM_PAGE_SIZE;
}

/* Starts a range in the largest span. Returns false when there is none. */
static bool start_range(void)
{
        struct span *span = largest_span();

        if (span == NULL)
                return false;

        size_t overhead = page_round_up(sizeof(struct range) + span->pages * sizeof(struct page)) / PLATFORM_PAGE_SIZE;
        struct range *range = page_pointer(span->first);

        range->first = span->first;
        range->first_block = span->first + (uint32_t)overhead;
        range->frontier = range->first_block;
        range->end = span->first + span->pages;
        range->nonempty = 0;
        range->next = NULL;
        memory.taken += overhead;
        span->pages = 0;

        struct range **last = &memory.ranges;

        while (*last != NULL)
                last = &(*last)->next;
        *last = range;
        return true;
}

static struct page *page_of(struct range *range, uint32_t number)
{
        return &range->pages[number - range->first];
}

/* The started range whose blocks include the page; NULL for a number that is not from here. */
static struct range *range_of(uint32_t number)
{
        struct range *range = memory.ranges;

        while (range != NULL && (number < range->first_block || number >= range->frontier))
                range = range->next;
        return range;
}

static void free_list_push(struct range *range, uint32_t block, unsigned order)
{
        struct page *page = page_of(range, block);

        page->tag = PAGE_TAG_FREE;
        page->order = (uint16_t)order;
        page->previous = 0;
        page->next = range->nonempty >> order & 1 ? range->free[order] : 0;
        if (page->next != 0)
                page_of(range, page->next)->previous = block;
        range->free[order] = block;
        range->nonempty |= 1u << order;
}

static void free_list_remove(struct range *range, uint32_t block, unsigned order)
{
        struct page *page = page_of(range, block);

        if (page->next != 0)
                page_of(range, page->next)->previous = page->previous;
        if (page->previous != 0)
                page_of(range, page->previous)->next = page->next;
        else
                range->free[order] = page->next;
        if (range->free[order] == 0)
                range->nonempty &= ~(1u << order);
        page->tag = PAGE_TAG_INSIDE;
}

/* Puts a block on a free list, joined with its buddy as long as that is free too. */
static void block_release(struct range *range, uint32_t block, unsigned order)
{
        for (; order < PAGE_ORDER_MAX; order++) {
                uint32_t buddy = block ^ 1u << order;

                if (buddy < range->first_block || buddy >= range->frontier || range->frontier - buddy < 1u << order)
                        break;

                struct page *page = page_of(range, buddy);

                if (page->tag != PAGE_TAG_FREE || page->order != order)
                        break;
                free_list_remove(range, buddy, order);
                page_of(range, block)->tag = PAGE_TAG_INSIDE;
                block &= buddy;
        }
        free_list_push(range, block, order);
}

static uint32_t block_from_lists(struct range *range, unsigned order)
{
        uint32_t fitting = range->nonempty >> order << order;

        if (fitting == 0)
                return 0;

        unsigned from = (unsigned)__builtin_ctz(fitting);
        uint32_t block = range->free[from];

        free_list_remove(range, block, from);
        while (from > order) {
                from--;
                free_list_push(range, block + (1u << from), from);
        }
        return block;
}

/* The frontier's next block; what is skipped so that it is aligned goes to the free lists. */
static uint32_t block_from_frontier(struct range *range, unsigned order)
{
        uint32_t pages = 1u << order;
        uint64_t aligned = ((uint64_t)range->frontier + pages - 1) & ~((uint64_t)pages - 1);

        if (aligned + pages > range->end)
                return 0;
        while (range->frontier < aligned) {
                uint32_t skipped = range->frontier;
                unsigned skipped_order = (unsigned)__builtin_ctz(skipped);

                range->frontier += 1u << skipped_order;
                block_release(range, skipped, skipped_order);
        }
        range->frontier += pages;
        return (uint32_t)aligned;
}

static uint32_t block_take(unsigned order)
{
        struct range *range = memory.ranges;

        for (;;) {
                if (range == NULL) {
                        if (!start_range())
                                return 0;
                        for (range = memory.ranges; range->next != NULL;)
                                range = range->next;
                }

                uint32_t block = block_from_lists(range, order);

                if (block == 0)
                        block = block_from_frontier(range, order);
                if (block != 0) {
                        *page_of(range, block) = (struct page){.order = (uint16_t)order, .tag = PAGE_TAG_ALLOCATED};
                        return block;
                }
                range = range->next;
        }
}

uint32_t page_block_alloc(unsigned order, uint64_t keep)
{
        uint32_t block = 0;

        if (order > PAGE_ORDER_MAX)
                return 0;
        spin_lock(&memory.lock);
        if (memory.total - memory.taken >= keep + (1ull << order))
                block = block_take(order);
        if (block != 0)
                memory.taken += 1ull << order;
        spin_unlock(&memory.lock);
        return block;
}

static _Noreturn void bad_block(const char *function, uint32_t block)
{
        log_error("memory", "%s: %p is not an allocated block of that size (freed twice?)", function,
                  page_pointer(block));
        platform_crash("corrupt use of the page allocator");
}

static bool is_allocated(struct range *range, uint32_t block)
{
        return range != NULL && page_of(range, block)->tag == PAGE_TAG_ALLOCATED;
}

void page_block_free(uint32_t block, unsigned order)
{
        spin_lock(&memory.lock);

        struct range *range = range_of(block);

        if (!is_allocated(range, block) || page_of(range, block)->order != order)
                bad_block("page_free", block);
        memory.taken -= 1ull << order;
        block_release(range, block, order);
        spin_unlock(&memory.lock);
}

void page_block_split(uint32_t block)
{
        spin_lock(&memory.lock);

        struct range *range = range_of(block);

        if (!is_allocated(range, block) || page_of(range, block)->order == 0)
                bad_block("page_split", block);

        struct page *lower = page_of(range, block);

        lower->order--;

        uint32_t half = block + (1u << lower->order);

        *page_of(range, half) = *lower;
        lower->next = half;
        spin_unlock(&memory.lock);
}

unsigned page_block_order(uint32_t block)
{
        spin_lock(&memory.lock);

        struct range *range = range_of(block);

        if (!is_allocated(range, block))
                bad_block("page owner", block);

        unsigned order = page_of(range, block)->order;

        spin_unlock(&memory.lock);
        return order;
}

uint32_t page_block_next(uint32_t block)
{
        spin_lock(&memory.lock);

        struct range *range = range_of(block);

        if (!is_allocated(range, block))
                bad_block("page owner", block);

        uint32_t next = page_of(range, block)->next;

        spin_unlock(&memory.lock);
        return next;
}

void page_block_set_next(uint32_t block, uint32_t next)
{
        spin_lock(&memory.lock);

        struct range *range = range_of(block);

        if (!is_allocated(range, block))
                bad_block("page owner", block);
        page_of(range, block)->next = next;
        spin_unlock(&memory.lock);
}

uint64_t page_total(void)
{
        return memory.total;
}

uint64_t memory_total_bytes(void)
{
        return memory.total * PLATFORM_PAGE_SIZE;
}

void *page_alloc(unsigned order)
{
        uint32_t block = page_block_alloc(order, 0);

        return block == 0 ? NULL : page_pointer(block);
}

void page_free(void *pages, unsigned order)
{
        uint64_t offset = (uint64_t)((char *)pages - memory.direct_map);

        if (offset >> 12 >= PAGE_NUMBER_LIMIT || (offset & (PLATFORM_PAGE_SIZE - 1)) != 0) {
                log_error("memory", "page_free: %p is not a page of RAM", pages);
                platform_crash("corrupt use of the page allocator");
        }
        page_block_free((uint32_t)(offset >> 12), order);
}

unsigned page_order(size_t bytes)
{
        size_t pages = bytes / PLATFORM_PAGE_SIZE + (bytes % PLATFORM_PAGE_SIZE != 0);

        return pages <= 1 ? 0 : 64u - (unsigned)__builtin_clzl(pages - 1);
}

static uint64_t largest_block(const struct range *range)
{
        uint64_t largest =
                range->nonempty == 0 ? 0 : PLATFORM_PAGE_SIZE << (31 - (unsigned)__builtin_clz(range->nonempty));

        for (unsigned order = PAGE_ORDERS; order-- > 0;) {
                uint64_t pages = 1ull << order;
                uint64_t aligned = ((uint64_t)range->frontier + pages - 1) & ~(pages - 1);

                if (aligned + pages <= range->end)
                        return pages * PLATFORM_PAGE_SIZE > largest ? pages * PLATFORM_PAGE_SIZE : largest;
        }
        return largest;
}

void memory_statistics(struct memory_statistics *statistics)
{
        spin_lock(&memory.lock);
        while (start_range())
                continue;

        uint64_t largest = 0;

        for (const struct range *range = memory.ranges; range != NULL; range = range->next) {
                uint64_t block = largest_block(range);

                largest = block > largest ? block : largest;
        }
        *statistics = (struct memory_statistics){
                .total_bytes = memory.total * PLATFORM_PAGE_SIZE,
                .free_bytes = (memory.total - memory.taken) * PLATFORM_PAGE_SIZE,
                .heap_bytes = memory_heap_bytes,
                .largest_free_block = largest,
        };
        spin_unlock(&memory.lock);
}
