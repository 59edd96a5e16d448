/* Walks a chain of frame pointers that may be damaged, without ever touching an address that cannot be read. */
#ifndef CORACLE_X86_64_BACKTRACE_H
#define CORACLE_X86_64_BACKTRACE_H

#include <stdbool.h>
#include <stdint.h>

struct backtrace {
        uint64_t frame;     /* the next frame's address; 0: the outermost was reached */
        uint64_t page;      /* known to be readable */
        const char *broken; /* why the walk ended early, or NULL */
};

void backtrace_start(struct backtrace *walk, uint64_t frame_pointer);

/* The next return address. False at the end. */
bool backtrace_next(struct backtrace *walk, uint64_t *return_address);

/* Reads the word at `address` if it can be read. */
bool backtrace_read(struct backtrace *walk, uint64_t address, uint64_t *value);

#endif
