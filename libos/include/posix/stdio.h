/* newlib's stdio.h, with POSIX's names of what newlib calls __getline and __getdelim. */
#ifndef _CORACLE_STDIO_H
#define _CORACLE_STDIO_H

#include_next <stdio.h>

#if __POSIX_VISIBLE >= 200809
#ifdef __cplusplus
extern "C" {
#endif

ssize_t getline(char **__restrict line, size_t *__restrict bytes, FILE *__restrict stream);
ssize_t getdelim(char **__restrict line, size_t *__restrict bytes, int delimiter, FILE *__restrict stream);

#ifdef __cplusplus
}
#endif
#endif

#endif
