/*
 * Path resolution. There are no symbolic links, so that "a/.." is the same as nothing once it is known that a is a
 * directory: paths are made canonical component by component, then looked up once.
 */
#include <errno.h>
#include <string.h>

#include <coracle/file.h>

#include "../../fs/device.h"
#include "../../fs/tree_file.h"
#include "path.h"

static struct spinlock lock = SPINLOCK_INIT;
static char current[PATH_MAX];

static const char device_directory[] = "dev";

void path_current(char path[PATH_MAX])
{
        spin_lock(&lock);
        memcpy(path, current, sizeof(current));
        spin_unlock(&lock);
}

void path_set_current(const char *path)
{
        spin_lock(&lock);
        strlcpy(current, path, sizeof(current));
        spin_unlock(&lock);
}

/* Where a relative path starts. */
static int start_at(int descriptor, char path[PATH_MAX])
{
        if (descriptor == PATH_CURRENT) {
                path_current(path);
                return 0;
        }
        struct file *file = file_lookup(descriptor);
        if (file == NULL)
                return -EBADF;
        const struct carried_entry *entry = tree_file_entry(file);
        int error = 0;
        if (entry != NULL && tree_is_directory(entry))
                strlcpy(path, tree_path(entry), PATH_MAX);
        else if (device_is_directory(file))
                strlcpy(path, device_directory, PATH_MAX);
        else
                error = -ENOTDIR;
        file_put(file);
        return error;
}

/* Why there is nothing at `path`: a file on the way, or no such name. */
static int why_missing(char *path)
{
        for (char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
                *slash = '\0';
                const struct carried_entry *entry = tree_lookup(path);
                *slash = '/';
                if (entry != NULL && !tree_is_directory(entry))
                        return -ENOTDIR;
        }
        return -ENOENT;
}

/* Whether `path` is a directory. */
static int check_directory(char *path)
{
        const struct carried_entry *entry = tree_lookup(path);
        if (entry != NULL)
                return tree_is_directory(entry) ? 0 : -ENOTDIR;
        return strcmp(path, device_directory) == 0 ? 0 : why_missing(path);
}

/* The name of the device that `path` names, empty for their directory; NULL: it names none. */
static const char *device_name(const char *path)
{
        const size_t length = sizeof(device_directory) - 1;
        if (strncmp(path, device_directory, length) != 0 || (path[length] != '/' && path[length] != '\0'))
                return NULL;
        const char *name = path + length + (path[length] == '/');
        return device_exists(name) ? name : NULL;
}

/* Adds a component to the path. */
static int append(char path[PATH_MAX], const char *name, size_t length)
{
        size_t used = strlen(path);
        if (length == 1 && name[0] == '.')
                return 0;
        if (length == 2 && name[0] == '.' && name[1] == '.') {
                int error = check_directory(path);
                char *slash = strrchr(path, '/');
                *(slash != NULL ? slash : path) = '\0';
                return error;
        }
        if (used + 1 + length >= PATH_MAX)
                return -ENAMETOOLONG;
        if (used != 0)
                path[used++] = '/';
        memcpy(path + used, name, length);
        path[used + length] = '\0';
        return 0;
}

int path_resolve(int descriptor, const char *path, struct path_target *target)
{
        target->path[0] = '\0';
        target->entry = NULL;
        target->device = NULL;
        if (path == NULL)
                return -EFAULT;
        if (path[0] == '\0')
                return -ENOENT;
        int error = path[0] == '/' ? 0 : start_at(descriptor, target->path);
        bool must_be_directory = false;
        while (error == 0 && *path != '\0') {
                size_t length = strcspn(path, "/");
                if (length != 0)
                        error = append(target->path, path, length);
                must_be_directory = path[length] == '/' || (length <= 2 && strncmp(path, "..", length) == 0);
                path += length + (path[length] == '/');
        }
        if (error != 0)
                return error;
        target->entry = tree_lookup(target->path);
        if (target->entry != NULL)
                return must_be_directory && !tree_is_directory(target->entry) ? -ENOTDIR : 0;
        target->device = device_name(target->path);
        if (target->device != NULL)
                return must_be_directory && *target->device != '\0' ? -ENOTDIR : 0;
        return why_missing(target->path);
}
