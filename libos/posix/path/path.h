/* From the paths that programs give to those of the carried tree, and what is there. */
#ifndef CORACLE_POSIX_PATH_H
#define CORACLE_POSIX_PATH_H

#include <limits.h>
#include <stddef.h>

#include "../../fs/tree.h"

#define PATH_CURRENT (-2) /* AT_FDCWD */

/* What a path names. */
struct path_target {
        char path[PATH_MAX];               /* absolute, without the leading slash: "www/index.html" */
        const struct carried_entry *entry; /* of the carried tree, or NULL ... */
        const char *device;                /* ... and then the name after "dev/" ("" for "dev"), or NULL */
};

/*
 * Resolves `path`, relative to the open directory `descriptor` (PATH_CURRENT: to the current one) when it does not
 * start with a slash. Returns 0, -ENOENT, -ENOTDIR, -ENAMETOOLONG, -EBADF, -EFAULT (NULL). On -ENOENT target->path
 * is complete, for messages and for open with O_CREAT.
 */
int path_resolve(int descriptor, const char *path, struct path_target *target);

/* The current directory, in the form of path_target.path, and setting it to a path of that form. */
void path_current(char path[PATH_MAX]);
void path_set_current(const char *path);

#endif
