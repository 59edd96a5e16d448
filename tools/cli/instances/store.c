/* The runtime directory and its locks; see store.h. */
#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../message.h"

#define STORE_LOCK ".lock"

/* ---- The directory ---- */

static bool is_ours(const char *path)
{
        struct stat status;
        return path[0] == '/' && stat(path, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid();
}

/* Where the XDG Base Directory Specification puts such files, else a directory of ours under /tmp. */
static void choose_path(struct store *store)
{
        const char *given = getenv("XDG_RUNTIME_DIR");
        char usual[64];
        snprintf(usual, sizeof(usual), "/run/user/%u", geteuid());
        if (given != NULL && is_ours(given) && strlen(given) < sizeof(store->path) - 16)
                snprintf(store->path, sizeof(store->path), "%s/coracle", given);
        else if (is_ours(usual))
                snprintf(store->path, sizeof(store->path), "%s/coracle", usual);
        else
                snprintf(store->path, sizeof(store->path), "/tmp/coracle-%u", geteuid());
}

void store_open(struct store *store)
{
        *store = (struct store){.lock = -1};
        choose_path(store);
        if (mkdir(store->path, 0700) != 0 && errno != EEXIST)
                refuse("%s, where guests in the background are kept: %s", store->path, strerror(errno));
        store->directory = open(store->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        struct stat status;
        if (store->directory < 0 || fstat(store->directory, &status) != 0)
                refuse("%s, where guests in the background are kept: %s", store->path, strerror(errno));
        if (status.st_uid != geteuid() || (status.st_mode & 077) != 0)
                refuse("%s belongs to somebody else or is open to others; remove it, or set XDG_RUNTIME_DIR",
                       store->path);
}

void store_close(struct store *store)
{
        store_unlock(store);
        close(store->directory);
}

/* ---- Locks: of open file descriptions, so that they end with the last process that has one (fcntl(2)) ---- */

static struct flock whole_file(void)
{
        return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

void store_lock(struct store *store)
{
        struct flock whole = whole_file();
        store->lock = openat(store->directory, STORE_LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (store->lock < 0)
                refuse("%s/" STORE_LOCK ": %s", store->path, strerror(errno));
        while (fcntl(store->lock, F_OFD_SETLKW, &whole) != 0) {
                if (errno != EINTR)
                        refuse("%s/" STORE_LOCK ": %s", store->path, strerror(errno));
        }
}

void store_unlock(struct store *store)
{
        if (store->lock >= 0)
                close(store->lock);
        store->lock = -1;
}

bool instance_is_running(int directory)
{
        struct flock whole = whole_file();
        const int lock = openat(directory, "lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        if (lock < 0)
                return false;
        const bool is_locked = fcntl(lock, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
        close(lock);
        return is_locked;
}

/* ---- Instances ---- */

static int compare_names(const void *a, const void *b)
{
        return strverscmp(*(char *const *)a, *(char *const *)b);
}

void store_names(const struct store *store, struct list *names)
{
        const int copy = openat(store->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *directory = copy >= 0 ? fdopendir(copy) : NULL;
        if (directory == NULL)
                refuse("%s: %s", store->path, strerror(errno));
        for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
                if (instance_name_is_good(entry->d_name))
                        list_add_string(names, entry->d_name);
        }
        closedir(directory);
        if (names->count != 0)
                qsort(names->items, names->count, sizeof(names->items[0]), compare_names);
}

int instance_open(const struct store *store, const char *name)
{
        if (!instance_name_is_good(name))
                return -1;
        return openat(store->directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void remove_files(int directory)
{
        static const char *const files[] = {"control", "log", "log.old", "state", "state.new", "lock"};
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
                unlinkat(directory, files[i], 0);
}

void instance_remove(const struct store *store, const char *name)
{
        const int directory = instance_open(store, name);
        if (directory < 0)
                return;
        remove_files(directory);
        close(directory);
        if (unlinkat(store->directory, name, AT_REMOVEDIR) != 0)
                complain("%s/%s: %s", store->path, name, strerror(errno));
}

int instance_make(const struct store *store, const char *name, int *directory)
{
        struct flock whole = whole_file();
        if (mkdirat(store->directory, name, 0700) != 0 && errno != EEXIST)
                refuse("%s/%s: %s", store->path, name, strerror(errno));
        *directory = instance_open(store, name);
        if (*directory < 0)
                refuse("%s/%s: %s", store->path, name, strerror(errno));
        if (instance_is_running(*directory)) {
                close(*directory);
                return -1;
        }
        remove_files(*directory);
        const int lock = openat(*directory, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (lock < 0 || fcntl(lock, F_OFD_SETLK, &whole) != 0)
                refuse("%s/%s/lock: %s", store->path, name, strerror(errno));
        return lock;
}
