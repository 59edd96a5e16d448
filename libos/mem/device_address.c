/*
 * From addresses of the program to those that devices use. Regions and the heap keep their page blocks in chains, so
 * what was found last is remembered: buffers are used again and again.
 */
#include "region.h"

#include <coracle/memory.h>
#include <coracle/sched.h>

#include <platform.h>

#define REMEMBERED 8u

static struct {
        struct spinlock lock;
        uint64_t unmappings; /* when these were found */
        unsigned next;       /* to be forgotten */
        struct mapped_block blocks[REMEMBERED];
} found;

static bool recall(uintptr_t address, uint64_t unmappings, struct mapped_block *block)
{
        bool known = false;

        spin_lock(&found.lock);
        for (unsigned i = 0; i < REMEMBERED && found.unmappings == unmappings && !known; i++) {
                known = address >= found.blocks[i].start && address < found.blocks[i].end;
                if (known)
                        *block = found.blocks[i];
        }
        spin_unlock(&found.lock);
        return known;
}

static void remember(const struct mapped_block *block, uint64_t unmappings)
{
        spin_lock(&found.lock);
        if (found.unmappings != unmappings)
                for (unsigned i = 0; i < REMEMBERED; i++)
                        found.blocks[i] = (struct mapped_block){0, 0, 0};
        found.unmappings = unmappings;
        found.blocks[found.next++ % REMEMBERED] = *block;
        spin_unlock(&found.lock);
}

static bool look_up(uintptr_t address, struct mapped_block *block)
{
        return (heap_block_at != NULL && heap_block_at(address, block)) || region_block_at(address, block);
}

uint64_t memory_device_address(const void *pointer, size_t *bytes)
{
        uintptr_t address = (uintptr_t)pointer;
        uint64_t direct = platform_dma_address(pointer);
        struct mapped_block block;

        if (direct != PLATFORM_NO_DMA) {
                *bytes = SIZE_MAX; /* to the end of what the caller may touch there */
                return direct;
        }

        uint64_t unmappings = atomic_load_explicit(&region_unmappings, memory_order_relaxed);

        if (!recall(address, unmappings, &block)) {
                if (!look_up(address, &block))
                        return PLATFORM_NO_DMA;
                remember(&block, unmappings);
        }
        *bytes = block.end - address;
        return block.physical + (address - block.start);
}
