/*
 * Memory mappings (POSIX.1-2024, sys/mman.h).
 *
 * There is no paging to disk and no other process: MAP_SHARED and MAP_PRIVATE differ only in name, files map read-only,
 * nothing maps executable (ENOTSUP), and MAP_FIXED works only over a whole mapping that mmap made (else EINVAL).
 */
#ifndef _SYS_MMAN_H
#define _SYS_MMAN_H

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PROT_NONE  0
#define PROT_READ  1
#define PROT_WRITE 2
#define PROT_EXEC  4

#define MAP_SHARED    0x01
#define MAP_PRIVATE   0x02
#define MAP_FIXED     0x10
#define MAP_ANONYMOUS 0x20
#define MAP_ANON      MAP_ANONYMOUS
#define MAP_NORESERVE 0x4000
#define MAP_POPULATE  0x8000
#define MAP_STACK     0x20000

#define MAP_FAILED ((void *)-1)

#define MS_ASYNC      1
#define MS_INVALIDATE 2
#define MS_SYNC       4

#define POSIX_MADV_NORMAL     0
#define POSIX_MADV_RANDOM     1
#define POSIX_MADV_SEQUENTIAL 2
#define POSIX_MADV_WILLNEED   3
#define POSIX_MADV_DONTNEED   4

#if __MISC_VISIBLE
#define MADV_NORMAL     0
#define MADV_RANDOM     1
#define MADV_SEQUENTIAL 2
#define MADV_WILLNEED   3
#define MADV_DONTNEED   4
#define MADV_FREE       8
#define MADV_HUGEPAGE   14
#define MADV_NOHUGEPAGE 15
#define MADV_DONTDUMP   16
#endif

void *mmap(void *address, size_t bytes, int protection, int flags, int descriptor, off_t offset);
int munmap(void *address, size_t bytes);
int mprotect(void *address, size_t bytes, int protection);
int msync(void *address, size_t bytes, int flags);
int mlock(const void *address, size_t bytes);
int munlock(const void *address, size_t bytes);
int mlockall(int flags);
int munlockall(void);
int posix_madvise(void *address, size_t bytes, int advice);
#if __MISC_VISIBLE
int madvise(void *address, size_t bytes, int advice);
#endif

#define MCL_CURRENT 1
#define MCL_FUTURE  2

#ifdef __cplusplus
}
#endif

#endif
