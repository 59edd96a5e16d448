/*
 * The few `coracle.` words that the platform itself obeys, read from the raw command line when they are needed.
 * The library OS has its own, complete parser: these words are needed where it may not be running (exit, crash).
 */
#ifndef CORACLE_PLATFORM_COMMAND_LINE_H
#define CORACLE_PLATFORM_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The value of the last word KEY=VALUE before a word `--`; its length (it ends at the next blank that is not quoted, as
 * in a shell) into *length. NULL when there is none. Quotes within the value stay in it.
 */
const char *command_line_find(const char *line, const char *key, size_t *length);

/* The same for a number, decimal or 0x-hexadecimal, at most `max`. False: no such word, or not such a number. */
bool command_line_number(const char *line, const char *key, uint64_t max, uint64_t *value);

#endif
