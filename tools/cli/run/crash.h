/*
 * Passes a guest's console output on byte for byte, but for crash reports, in which code addresses become
 * "function file:line" (lines and addresses as in docs/debugging.md).
 */
#ifndef CLI_RUN_CRASH_H
#define CLI_RUN_CRASH_H

#include <stdbool.h>
#include <stddef.h>

#include "../image/symbols.h"
#include "../text.h"

/* Starts as {.path = the image, .at_line_start = true}. */
struct crash_filter {
        const char *path;
        bool at_line_start;
        bool in_report;
        bool tried_symbols;
        struct symbols *symbols;
        struct text held; /* the start of a line that may be part of a report */
};

/* Adds to `out` what may be shown of the next `length` bytes of output. The rest is held until its line is known. */
void crash_filter(struct crash_filter *filter, const char *bytes, size_t length, struct text *out);

/* Adds what is held: the output ends, or has paused. */
void crash_filter_flush(struct crash_filter *filter, struct text *out);

void crash_filter_close(struct crash_filter *filter);

#endif
