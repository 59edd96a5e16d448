/* stat, lstat, fstatat, access and its kin (POSIX.1-2024, XSH stat, access). */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../../fs/device.h"
#include "../../fs/tree_file.h"
#include "../edge.h"
#include "../file/table.h"
#include "path.h"

static int stat_at(int directory, const char *path, struct stat *status)
{
        struct path_target target;
        int error = path_resolve(directory, path, &target);
        if (error != 0)
                return error;
        if (target.entry == NULL)
                return device_status(target.device, status);
        tree_status(target.entry, status);
        return 0;
}

int stat(const char *restrict path, struct stat *restrict status)
{
        return edge_status(stat_at(AT_FDCWD, path, status));
}

/* There are no symbolic links. */
int lstat(const char *restrict path, struct stat *restrict status)
{
        return edge_status(stat_at(AT_FDCWD, path, status));
}

int fstatat(int directory, const char *restrict path, struct stat *restrict status, int flags)
{
        if ((flags & AT_EMPTY_PATH) != 0 && path[0] == '\0')
                return fstat(directory, status);
        return edge_status(stat_at(directory, path, status));
}

static int access_at(int directory, const char *path, int mode)
{
        struct stat status;
        if ((mode & ~(R_OK | W_OK | X_OK)) != 0)
                return -EINVAL;
        int error = stat_at(directory, path, &status);
        if (error != 0)
                return error;
        if ((mode & W_OK) != 0 && (status.st_mode & S_IWUSR) == 0)
                return -EROFS;
        if ((mode & X_OK) != 0 && (status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0)
                return -EACCES;
        return 0;
}

int access(const char *path, int mode)
{
        return edge_status(access_at(AT_FDCWD, path, mode));
}

int eaccess(const char *path, int mode)
{
        return access(path, mode);
}

int euidaccess(const char *path, int mode)
{
        return access(path, mode);
}

int faccessat(int directory, const char *path, int mode, int flags)
{
        (void)flags;
        return edge_status(access_at(directory, path, mode));
}

/* The file system is the image: as large as it is, and full. */
static void describe(struct statvfs *status)
{
        *status = (struct statvfs){.f_bsize = 4096,
                                   .f_frsize = 4096,
                                   .f_files = (fsfilcnt_t)1,
                                   .f_flag = ST_RDONLY | ST_NOSUID,
                                   .f_namemax = 255};
}

int statvfs(const char *restrict path, struct statvfs *restrict status)
{
        struct stat unused;
        describe(status);
        return edge_status(stat_at(AT_FDCWD, path, &unused));
}

int fstatvfs(int descriptor, struct statvfs *status)
{
        describe(status);
        return edge_status(descriptor_close_on_exec(descriptor) < 0 ? -EBADF : 0);
}

/* Empty for what exists: nothing is a symbolic link. */
static int read_link(int directory, const char *path)
{
        struct stat unused;
        int error = stat_at(directory, path, &unused);
        return error != 0 ? error : -EINVAL;
}

ssize_t readlink(const char *restrict path, char *restrict buffer, size_t bytes)
{
        (void)buffer;
        (void)bytes;
        return edge_status(read_link(AT_FDCWD, path));
}

ssize_t readlinkat(int directory, const char *restrict path, char *restrict buffer, size_t bytes)
{
        (void)buffer;
        (void)bytes;
        return edge_status(read_link(directory, path));
}
