/* What blkbench writes: bytes that say where they belong, so that a block in the wrong place is found out too. */
#ifndef BLKBENCH_PATTERN_H
#define BLKBENCH_PATTERN_H

#include <stddef.h>
#include <stdint.h>

/* The bytes that belong at `offset` of the device, both multiples of 8. */
void pattern_fill(void *buffer, size_t bytes, uint64_t offset, uint64_t seed);

/* The index of the first byte that is wrong, or `bytes`. */
size_t pattern_check(const void *buffer, size_t bytes, uint64_t offset, uint64_t seed);

/* The byte that belongs at `offset`. */
uint8_t pattern_byte(uint64_t offset, uint64_t seed);

#endif
