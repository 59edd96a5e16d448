/*
 * The heap under malloc: sbrk over one stretch of the mapping area as large as all RAM, backed from its start as far as
 * it has grown. The page blocks behind it are chained newest first, so that trimming takes them away again.
 *
 * sbrk is called under malloc's lock, but a program may call it too: it has a lock of its own. New memory is not
 * cleared: malloc's calloc clears what it returns.
 */
#include "page.h"
#include "region.h"

#include <errno.h>
#include <unistd.h>

#include <coracle/memory.h>
#include <coracle/sched.h>

#define LARGE_PAGE_ORDER 9u
#define LARGE_PAGE       (PLATFORM_PAGE_SIZE << LARGE_PAGE_ORDER)
#define GROW_MIN         (4 * PLATFORM_PAGE_SIZE)
#define GROW_MAX         LARGE_PAGE
#define KEEP_MAX         64u /* pages that malloc leaves to the rest of the system: stacks, packets, page tables */
#define KEEP_DIVISOR     16u /* of all pages */

static struct {
        struct mutex lock;
        uintptr_t start, end; /* of the address space; 0 until the first call */
        uintptr_t break_at;
        uintptr_t backed_to;
        uint32_t blocks; /* the newest, which ends at backed_to */
        uint64_t keep;
} heap;

static int heap_start(void)
{
        size_t bytes = (page_total() * PLATFORM_PAGE_SIZE + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1);
        void *space = address_space_alloc(bytes, LARGE_PAGE);

        if (space == NULL)
                return -ENOMEM;
        heap.start = (uintptr_t)space;
        heap.end = heap.start + bytes;
        heap.break_at = heap.start;
        heap.backed_to = heap.start;
        heap.keep = page_total() / KEEP_DIVISOR < KEEP_MAX ? page_total() / KEEP_DIVISOR : KEEP_MAX;
        return 0;
}

static void drop_newest_block(void)
{
        uint32_t block = heap.blocks;
        unsigned order = page_block_order(block);

        heap.blocks = page_block_next(block);
        heap.backed_to -= PLATFORM_PAGE_SIZE << order;
        platform_unmap((void *)heap.backed_to, PLATFORM_PAGE_SIZE << order);
        atomic_fetch_add_explicit(&region_unmappings, 1, memory_order_relaxed);
        page_block_free(block, order);
}

static int back_up_to(uintptr_t end)
{
        uint32_t before = heap.blocks;

        while (heap.backed_to < end) {
                uint32_t block = region_map_block(heap.backed_to, end - heap.backed_to, heap.keep);

                if (block == 0) {
                        while (heap.blocks != before)
                                drop_newest_block();
                        return -ENOMEM;
                }
                page_block_set_next(block, heap.blocks);
                heap.blocks = block;
                heap.backed_to += PLATFORM_PAGE_SIZE << page_block_order(block);
        }
        return 0;
}

/* Backs the heap up to the new break, and ahead by a part of its size, so that growing byte by byte takes few calls. */
static int grow(uintptr_t new_break)
{
        size_t ahead = (heap.backed_to - heap.start) / 4 & ~(PLATFORM_PAGE_SIZE - 1);
        uintptr_t needed = heap.start + page_round_up(new_break - heap.start);

        if (needed <= heap.backed_to)
                return 0;
        ahead = ahead < GROW_MIN ? GROW_MIN : ahead > GROW_MAX ? GROW_MAX : ahead;
        if (heap.backed_to + ahead > needed && heap.backed_to + ahead <= heap.end &&
            back_up_to(heap.backed_to + ahead) == 0)
                return 0;
        return back_up_to(needed);
}

static uintptr_t newest_start(void)
{
        return heap.backed_to - (PLATFORM_PAGE_SIZE << page_block_order(heap.blocks));
}

/* Cuts the newest block in two, so that its upper half can be given back alone. */
static void halve_newest_block(void)
{
        uint32_t lower = heap.blocks;
        uint32_t older = page_block_next(lower);

        page_block_split(lower);
        heap.blocks = page_block_next(lower);
        page_block_set_next(heap.blocks, lower);
        page_block_set_next(lower, older);
}

/* Gives back what lies above the break, down to the size of a large page: smaller pieces are soon needed again. */
static void shrink(uintptr_t new_break)
{
        while (heap.backed_to > new_break) {
                if (newest_start() >= new_break)
                        drop_newest_block();
                else if (page_block_order(heap.blocks) > LARGE_PAGE_ORDER)
                        halve_newest_block();
                else
                        break;
        }
}

static int move_break(ptrdiff_t increment)
{
        uintptr_t new_break = heap.break_at + (uintptr_t)increment;

        if (increment > 0) {
                if ((size_t)increment > heap.end - heap.break_at || grow(new_break) != 0)
                        return -ENOMEM;
        } else if (increment < 0) {
                if ((size_t)-increment > heap.break_at - heap.start)
                        return -EINVAL;
                shrink(new_break);
        }
        heap.break_at = new_break;
        memory_heap_bytes = heap.break_at - heap.start;
        return 0;
}

bool heap_block_at(uintptr_t address, struct mapped_block *block)
{
        bool found = false;

        mutex_lock(&heap.lock);

        uintptr_t end = heap.backed_to;

        if (address >= heap.start && address < end)
                for (uint32_t number = heap.blocks; number != 0 && !found; number = page_block_next(number)) {
                        uintptr_t start = end - (PLATFORM_PAGE_SIZE << page_block_order(number));

                        found = address >= start;
                        if (found)
                                *block = (struct mapped_block){start, end, (uint64_t)number << 12};
                        end = start;
                }
        mutex_unlock(&heap.lock);
        return found;
}

void *sbrk(ptrdiff_t increment)
{
        int error = 0;

        mutex_lock(&heap.lock);
        if (heap.start == 0)
                error = heap_start();

        void *before = (void *)heap.break_at;

        if (error == 0)
                error = move_break(increment);
        mutex_unlock(&heap.lock);
        if (error != 0) {
                errno = -error;
                return (void *)-1;
        }
        return before;
}
