/*
 * The guest's command line, design section 4: `coracle.KEY=VALUE` words configure the platform, other K=V words
 * before `--` are the environment, words after `--` are argv[1..]; quoting as in a shell ('', "", \).
 */
#ifndef CORACLE_OPTIONS_H
#define CORACLE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* What separates words of the line. */
static inline bool option_is_blank(char c)
{
        const uint64_t blanks = 1ull << ' ' | 1ull << '\t' | 1ull << '\n' | 1ull << '\r';
        return (unsigned char)c <= ' ' && (blanks >> c & 1) != 0;
}

/* The value of `coracle.KEY=`, or NULL. KEY is given without the prefix ("ip"). The last one wins. */
const char *option_get(const char *key);

/* Whether there is `coracle.KEY=` with this value. */
bool option_is(const char *key, const char *value);

/* The n-th value of a word KEY=VALUE wherever the hypervisor put it ("virtio_mmio.device"), or NULL beyond the last. */
const char *option_word(const char *key, unsigned n);

#endif
