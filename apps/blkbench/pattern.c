/* The pattern: the little-endian 64-bit word at offset o is (o + seed) times an odd number. */
#include "pattern.h"

#include <string.h>

/* 2^64 divided by the golden ratio, made odd: each bit of the product depends on all lower ones of the offset. */
#define FACTOR 0x9e3779b97f4a7c15u

void pattern_fill(void *buffer, size_t bytes, uint64_t offset, uint64_t seed)
{
        uint64_t word = (offset + seed) * FACTOR;
        for (size_t i = 0; i < bytes; i += sizeof(word), word += sizeof(word) * FACTOR)
                memcpy((char *)buffer + i, &word, sizeof(word));
}

size_t pattern_check(const void *buffer, size_t bytes, uint64_t offset, uint64_t seed)
{
        uint64_t wanted = (offset + seed) * FACTOR;
        for (size_t i = 0; i < bytes; i += sizeof(wanted), wanted += sizeof(wanted) * FACTOR) {
                uint64_t word;
                memcpy(&word, (const char *)buffer + i, sizeof(word));
                if (word != wanted)
                        return i + (size_t)__builtin_ctzll(word ^ wanted) / 8;
        }
        return bytes;
}

uint8_t pattern_byte(uint64_t offset, uint64_t seed)
{
        uint64_t word = ((offset & ~7ull) + seed) * FACTOR;
        return (uint8_t)(word >> 8 * (offset & 7));
}
