/* Little-endian numbers and padding in a text that holds a file. */
#ifndef CLI_FILES_BYTES_H
#define CLI_FILES_BYTES_H

#include <stdint.h>

#include "../text.h"

static inline void put(void *at, unsigned bytes, uint64_t value)
{
        for (unsigned i = 0; i < bytes; i++)
                ((unsigned char *)at)[i] = (unsigned char)(value >> (8 * i));
}

static inline uint64_t round_up(uint64_t value, uint64_t step)
{
        return (value + step - 1) / step * step;
}

/* Adds zeros until the text has so many bytes. */
static inline void pad(struct text *file, size_t bytes)
{
        static const char zeros[4096];
        while (file->length < bytes) {
                const size_t left = bytes - file->length;
                text_add_bytes(file, zeros, left < sizeof(zeros) ? left : sizeof(zeros));
        }
}

#endif
