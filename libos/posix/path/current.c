/* The current directory and canonical paths (POSIX.1-2024, XSH getcwd, chdir, realpath). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../fs/tree_file.h"
#include "../edge.h"
#include "path.h"

/* A path of the tree as programs see it, into `to` or into new memory when it is NULL. */
static char *give(const char *path, char *to, size_t bytes)
{
        size_t length = strlen(path);
        if (to == NULL) {
                if (bytes == 0)
                        bytes = length + 2;
                to = bytes < length + 2 ? NULL : malloc(bytes);
                if (to == NULL && bytes >= length + 2) {
                        errno = ENOMEM;
                        return NULL;
                }
        } else if (bytes == 0) {
                errno = EINVAL;
                return NULL;
        }
        if (bytes < length + 2) {
                errno = ERANGE;
                return NULL;
        }
        to[0] = '/';
        memcpy(to + 1, path, length + 1);
        return to;
}

char *getcwd(char *buffer, size_t bytes)
{
        char path[PATH_MAX];
        path_current(path);
        return give(path, buffer, bytes);
}

char *getwd(char *buffer)
{
        return getcwd(buffer, PATH_MAX);
}

char *get_current_dir_name(void)
{
        return getcwd(NULL, 0);
}

char *realpath(const char *restrict path, char *restrict resolved)
{
        struct path_target target;
        if (path == NULL) {
                errno = EINVAL;
                return NULL;
        }
        if (edge_status(path_resolve(AT_FDCWD, path, &target)) != 0)
                return NULL;
        return give(target.path, resolved, resolved == NULL ? 0 : PATH_MAX);
}

int chdir(const char *path)
{
        struct path_target target;
        int error = path_resolve(AT_FDCWD, path, &target);
        if (error == 0 && (target.entry == NULL ? *target.device != '\0' : !tree_is_directory(target.entry)))
                error = -ENOTDIR;
        if (error == 0)
                path_set_current(target.path);
        return edge_status(error);
}

int fchdir(int descriptor)
{
        struct file *file = file_lookup(descriptor);
        if (file == NULL)
                return edge_status(-EBADF);
        const struct carried_entry *entry = tree_file_entry(file);
        int error = entry == NULL || !tree_is_directory(entry) ? -ENOTDIR : 0;
        if (error == 0)
                path_set_current(tree_path(entry));
        file_put(file);
        return edge_status(error);
}
