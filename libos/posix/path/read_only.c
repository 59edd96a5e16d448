/* Everything that would change the file tree: EROFS, as on any read-only file system. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include <utime.h>

#include "../edge.h"

static int refuse(void)
{
        return edge_status(-EROFS);
}

/* The mask applies to nothing, but it is remembered. */
mode_t umask(mode_t mask)
{
        static mode_t remembered = 022;
        mode_t old = remembered;
        remembered = mask & 0777;
        return old;
}

int chmod(const char *path, mode_t mode)
{
        (void)path;
        (void)mode;
        return refuse();
}

int fchmod(int descriptor, mode_t mode)
{
        (void)descriptor;
        (void)mode;
        return refuse();
}

int fchmodat(int directory, const char *path, mode_t mode, int flags)
{
        (void)directory;
        (void)path;
        (void)mode;
        (void)flags;
        return refuse();
}

int chown(const char *path, uid_t owner, gid_t group)
{
        (void)path;
        (void)owner;
        (void)group;
        return refuse();
}

int lchown(const char *path, uid_t owner, gid_t group)
{
        return chown(path, owner, group);
}

int fchown(int descriptor, uid_t owner, gid_t group)
{
        (void)descriptor;
        (void)owner;
        (void)group;
        return refuse();
}

int link(const char *path, const char *new_path)
{
        (void)path;
        (void)new_path;
        return refuse();
}

int symlink(const char *path, const char *new_path)
{
        (void)path;
        (void)new_path;
        return refuse();
}

int unlink(const char *path)
{
        (void)path;
        return refuse();
}

int unlinkat(int directory, const char *path, int flags)
{
        (void)directory;
        (void)flags;
        return unlink(path);
}

int rename(const char *path, const char *new_path)
{
        (void)path;
        (void)new_path;
        return refuse();
}

int renameat(int directory, const char *path, int new_directory, const char *new_path)
{
        (void)directory;
        (void)new_directory;
        return rename(path, new_path);
}

int mkdir(const char *path, mode_t mode)
{
        (void)path;
        (void)mode;
        return refuse();
}

int mkdirat(int directory, const char *path, mode_t mode)
{
        (void)directory;
        return mkdir(path, mode);
}

int rmdir(const char *path)
{
        return unlink(path);
}

int mkfifo(const char *path, mode_t mode)
{
        return mkdir(path, mode);
}

int truncate(const char *path, off_t length)
{
        (void)length;
        return unlink(path);
}

int utime(const char *path, const struct utimbuf *times)
{
        (void)times;
        return unlink(path);
}

int utimes(const char *path, const struct timeval times[2])
{
        (void)times;
        return unlink(path);
}

int utimensat(int directory, const char *path, const struct timespec times[2], int flags)
{
        (void)directory;
        (void)times;
        (void)flags;
        return unlink(path);
}

int futimens(int descriptor, const struct timespec times[2])
{
        (void)descriptor;
        (void)times;
        return refuse();
}
