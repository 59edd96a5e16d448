/* open, openat and creat (POSIX.1-2024, XSH open). What is there cannot change: asking to write is EROFS. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>

#include "../../fs/device.h"
#include "../../fs/tree_file.h"
#include "../edge.h"
#include "../file/table.h"
#include "path.h"

static int open_entry(const struct carried_entry *entry, int flags, struct file **file)
{
        bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) != 0;
        if ((flags & O_CREAT) != 0 && (flags & O_EXCL) != 0)
                return -EEXIST;
        if (tree_is_directory(entry) && (writes || (flags & O_CREAT) != 0))
                return -EISDIR;
        if (!tree_is_directory(entry) && (flags & O_DIRECTORY) != 0)
                return -ENOTDIR;
        if (writes)
                return -EROFS;
        *file = tree_file_open(entry, flags);
        return *file == NULL ? -ENOMEM : 0;
}

static int open_at(int directory, const char *path, int flags)
{
        struct path_target target;
        struct file *file;
        int error = path_resolve(directory, path, &target);
        if (error == -ENOENT && (flags & O_CREAT) != 0)
                error = -EROFS;
        if (error == 0 && target.entry != NULL)
                error = open_entry(target.entry, flags, &file);
        else if (error == 0)
                error = device_open(target.device, flags, &file);
        if (error != 0)
                return error;
        int descriptor = descriptor_install(file, 0, (flags & O_CLOEXEC) != 0);
        if (descriptor < 0)
                file_put(file);
        return descriptor;
}

int openat(int directory, const char *path, int flags, ...)
{
        return edge_status(open_at(directory, path, flags));
}

int open(const char *path, int flags, ...)
{
        return edge_status(open_at(AT_FDCWD, path, flags));
}

int creat(const char *path, mode_t mode)
{
        (void)mode;
        return edge_status(open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC));
}
