/* Directories that are made whole; see directory.h. */
#include "directory.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../message.h"
#include "output.h"

static struct directory *pending; /* there is one at a time */

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
        (void)status;
        (void)kind;
        (void)place;
        return remove(path);
}

static void remove_pending(void)
{
        if (pending != NULL)
                nftw(pending->path.bytes, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void directory_open(struct directory *directory, const char *path)
{
        static int registered;
        directory->path = (struct text){0};
        text_add(&directory->path, "%s.XXXXXX", path);
        if (mkdtemp(directory->path.bytes) == NULL)
                refuse("%s: %s", path, strerror(errno));
        pending = directory;
        if (!registered)
                registered = atexit(remove_pending) == 0;
        const mode_t mask = umask(0);
        umask(mask);
        chmod(directory->path.bytes, 0777 & ~mask);
}

void directory_write(const struct directory *directory, const char *name, const struct text *contents)
{
        struct text path = {0};
        struct output output;
        text_add(&path, "%s/%s", directory->path.bytes, name);
        for (char *slash = path.bytes + directory->path.length + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
                *slash = '\0';
                if (mkdir(path.bytes, 0777) != 0 && errno != EEXIST)
                        refuse("%s: %s", path.bytes, strerror(errno));
                *slash = '/';
        }
        output_open(&output, path.bytes);
        output_write(&output, 0, contents->bytes, contents->length);
        output_keep(&output);
        text_free(&path);
}

void directory_keep(struct directory *directory, const char *path)
{
        struct stat status;
        if (lstat(path, &status) == 0)
                refuse("%s is there already; nothing was changed", path);
        if (rename(directory->path.bytes, path) != 0)
                refuse("%s: %s", path, strerror(errno));
        pending = NULL;
        text_free(&directory->path);
}

void directory_remove(struct directory *directory)
{
        remove_pending();
        pending = NULL;
        text_free(&directory->path);
}
