/* Names and lines of code addresses, from an image's debug information or, failing that, its symbol table. */
#ifndef CLI_IMAGE_SYMBOLS_H
#define CLI_IMAGE_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

#include "../text.h"

struct symbols;

/* NULL when the file cannot be read as ELF. */
struct symbols *symbols_open(const char *path);
void symbols_close(struct symbols *symbols);

/*
 * Adds where the link-time address is: "main hello.c:12", with " (inlined into caller hello.c:20)" for each function
 * that the compiler put there; or "main+0x1c" without line information. False, adding nothing: it is not known.
 */
bool symbols_add_function(struct symbols *symbols, uint64_t address, struct text *text);

/* Adds "hello.c:12" only. */
bool symbols_add_line(struct symbols *symbols, uint64_t address, struct text *text);

#endif
