/* newlib's sys/stat.h, and what it declares for some systems only. */
#ifndef _CORACLE_SYS_STAT_H
#define _CORACLE_SYS_STAT_H

#include_next <sys/stat.h>

#ifdef __cplusplus
extern "C" {
#endif

int lstat(const char *__restrict path, struct stat *__restrict status);

/* st_blocks counts these, whatever S_BLKSIZE of newlib says. */
#undef S_BLKSIZE
#define S_BLKSIZE 512

#ifndef UTIME_NOW
#define UTIME_NOW  (-2L)
#define UTIME_OMIT (-1L)
#endif

#ifdef __cplusplus
}
#endif

#endif
