/* File-system information (POSIX.1-2024, sys/statvfs.h): one file system, the image's, read-only. */
#ifndef _SYS_STATVFS_H
#define _SYS_STATVFS_H

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ST_RDONLY 1
#define ST_NOSUID 2

struct statvfs {
        unsigned long f_bsize;
        unsigned long f_frsize;
        fsblkcnt_t f_blocks;
        fsblkcnt_t f_bfree;
        fsblkcnt_t f_bavail;
        fsfilcnt_t f_files;
        fsfilcnt_t f_ffree;
        fsfilcnt_t f_favail;
        unsigned long f_fsid;
        unsigned long f_flag;
        unsigned long f_namemax;
};

int statvfs(const char *__restrict path, struct statvfs *__restrict status);
int fstatvfs(int descriptor, struct statvfs *status);

#ifdef __cplusplus
}
#endif

#endif
