/* File times, the traditional call (POSIX.1-2008, utime.h). */
#ifndef _CORACLE_UTIME_H
#define _CORACLE_UTIME_H

#include_next <utime.h>

#ifdef __cplusplus
extern "C" {
#endif

int utime(const char *path, const struct utimbuf *times);

#ifdef __cplusplus
}
#endif

#endif
