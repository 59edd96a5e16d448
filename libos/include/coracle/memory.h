/*
 * Physical memory, a page or a power of two of pages at a time, handed out as direct-map addresses: contiguous for
 * devices, usable at once. Start-up costs the same whatever the memory size, and a page is touched only when used.
 */
#ifndef CORACLE_MEMORY_H
#define CORACLE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include <platform.h>

/* Bytes of RAM that the guest was given. */
static inline uint64_t memory_total(void)
{
        const struct platform_boot *boot = platform_boot_info();
        uint64_t bytes = 0;
        for (unsigned i = 0; i < boot->memory_count; i++)
                bytes += boot->memory[i].bytes;
        return bytes;
}

/* Allocates 2^order contiguous pages, aligned to their size. The contents are undefined. NULL when there are none. */
void *page_alloc(unsigned order);
void page_free(void *pages, unsigned order);

/* Bytes to the smallest order that holds them. */
unsigned page_order(size_t bytes);

/* Mapping-area address space (not memory): page-aligned ranges for platform_map. NULL when none is left. */
void *address_space_alloc(size_t bytes, size_t alignment);
void address_space_free(void *address, size_t bytes);

/*
 * A zero-filled, page-aligned region of the mapping area backed by pages (not contiguous), with `guard_bytes` of
 * unmapped addresses below it. NULL: no memory. For stacks and anonymous mmap.
 */
void *region_alloc(size_t bytes, size_t guard_bytes);
void region_free(void *region, size_t bytes, size_t guard_bytes);

/* The same with undefined contents: the memory is not touched. */
void *region_alloc_uncleared(size_t bytes, size_t guard_bytes);

/*
 * The same, before any other function of this header and once, for a region that is never given back: it is taken off
 * RAM and the mapping area before the allocators start, and a program that needs no other memory never starts them.
 * Sizes are whole pages, a multiple of 2 MiB from 2 MiB up.
 */
void *region_alloc_first(size_t bytes, size_t guard_bytes);

/*
 * Gives back the pages of any part of regions (munmap): addresses in the range that belong to no region are skipped.
 * Returns 0, -EINVAL (alignment), -ENOMEM (no memory to note down the pieces).
 */
int region_free_part(void *address, size_t bytes);

/*
 * The address that a device must use for the byte at `pointer`, and in *bytes how many bytes from there on lie one
 * after the other for the device too. Unlike platform_dma_address it knows the memory of regions, of stacks and of the
 * heap. PLATFORM_NO_DMA for addresses where there is no memory of the guest. Threads only.
 *
 * The memory must stay where it is until the device is done with it: whoever frees or unmaps it before frees memory
 * that is in use.
 */
uint64_t memory_device_address(const void *pointer, size_t *bytes);

/* Free RAM at boot. */
uint64_t memory_total_bytes(void);

struct memory_statistics {
        uint64_t total_bytes; /* free RAM at boot */
        uint64_t free_bytes;
        uint64_t heap_bytes; /* handed to malloc */
        uint64_t largest_free_block;
};
void memory_statistics(struct memory_statistics *statistics);

#endif
