/* newlib's fcntl.h, with POSIX's advice about files. */
#ifndef _CORACLE_FCNTL_H
#define _CORACLE_FCNTL_H

#include_next <fcntl.h>

#if __POSIX_VISIBLE >= 200112
#define POSIX_FADV_NORMAL     0
#define POSIX_FADV_RANDOM     1
#define POSIX_FADV_SEQUENTIAL 2
#define POSIX_FADV_WILLNEED   3
#define POSIX_FADV_DONTNEED   4
#define POSIX_FADV_NOREUSE    5

#ifdef __cplusplus
extern "C" {
#endif

int posix_fadvise(int descriptor, off_t offset, off_t bytes, int advice);
int posix_fallocate(int descriptor, off_t offset, off_t bytes);

#ifdef __cplusplus
}
#endif
#endif

#if __BSD_VISIBLE && !defined(O_LARGEFILE)
#define O_LARGEFILE 0
#endif

#endif
