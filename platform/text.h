/*
 * Text for crash reports: one line at a time, straight to the console. It stands on nothing else, because whatever it
 * stood on may be what crashed.
 */
#ifndef CORACLE_PLATFORM_TEXT_H
#define CORACLE_PLATFORM_TEXT_H

#include <stddef.h>
#include <stdint.h>

#define TEXT_LINE_MAX 256

/* A line; what does not fit is cut. Zero-initialised is empty. */
struct text {
        size_t length;
        char line[TEXT_LINE_MAX];
};

void text_add(struct text *text, const char *string);
void text_add_hex(struct text *text, uint64_t value); /* 0x, no padding */
void text_add_decimal(struct text *text, uint64_t value);

/* Writes the line and a newline to the console; the text is empty again. */
void text_write_line(struct text *text);

#endif
