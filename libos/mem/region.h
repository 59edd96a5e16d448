/* What the heap, the thread stacks and mmap need of regions beyond coracle/memory.h. */
#ifndef CORACLE_MEM_REGION_H
#define CORACLE_MEM_REGION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The order of the block with which to start backing [address, address + bytes). */
unsigned region_block_order(uintptr_t address, size_t bytes);

/*
 * Allocates a block of at most `bytes` and maps it at `address`, the largest that is to be had; leaves `keep` pages
 * free. Returns the block, 0 when there is no memory.
 */
uint32_t region_map_block(uintptr_t address, size_t bytes, uint64_t keep);

/* A block of pages and where it is mapped. */
struct mapped_block {
        uintptr_t start, end;
        uint64_t physical;
};

/* Finds the block that holds `address`. Returns false when the address belongs to no region (not to the heap). */
bool region_block_at(uintptr_t address, struct mapped_block *block);
bool heap_block_at(uintptr_t address, struct mapped_block *block) __attribute__((weak)); /* there when malloc is */

/* Counts the mappings that were taken away: what was found out about blocks before may not hold any more. */
extern _Atomic uint64_t region_unmappings;

#endif
