/* What the heap, the thread stacks and mmap need of regions beyond coracle/memory.h. */
#ifndef CORACLE_MEM_REGION_H
#define CORACLE_MEM_REGION_H

#include <stddef.h>
#include <stdint.h>

/* The order of the block with which to start backing [address, address + bytes). */
unsigned region_block_order(uintptr_t address, size_t bytes);

/*
 * Allocates a block of at most `bytes` and maps it at `address`, the largest that is to be had; leaves `keep` pages
 * free. Returns the block, 0 when there is no memory.
 */
uint32_t region_map_block(uintptr_t address, size_t bytes, uint64_t keep);

#endif
