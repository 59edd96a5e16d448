/* The console before stdio has started: see stdio_buffer.c. */
#ifndef CORACLE_POSIX_STDIO_CONSOLE_H
#define CORACLE_POSIX_STDIO_CONSOLE_H

#include <stdbool.h>

/*
 * Prints `text` and a newline in one piece if stdio has not started, descriptor 1 is the console and the line is
 * shorter than a buffer. Else prints nothing and returns false. Nobody can start stdio meanwhile, so nothing that
 * another thread prints gets into the line.
 */
bool stdio_console_line(const char *text);

#endif
