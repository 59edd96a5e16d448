/* What libFuzzer gave, taken apart by those who act on it; all zero when it is used up. */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const uint8_t *input;
static size_t left;

static inline uint8_t byte(void)
{
        if (left == 0)
                return 0;
        left--;
        return *input++;
}

/* A number of `width` bytes, up to 4. */
static inline uint32_t word(unsigned width)
{
        uint32_t value = 0;
        for (unsigned i = 0; i < width; i++)
                value |= (uint32_t)byte() << 8 * i;
        return value;
}

#endif
