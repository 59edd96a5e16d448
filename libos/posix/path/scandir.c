/* scandir and the orders it sorts by (POSIX.1-2024, XSH alphasort). */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int alphasort(const struct dirent **a, const struct dirent **b)
{
        return strcoll((*a)->d_name, (*b)->d_name);
}

int versionsort(const struct dirent **a, const struct dirent **b)
{
        return strverscmp((*a)->d_name, (*b)->d_name);
}

static void free_all(struct dirent **entries, size_t count)
{
        for (size_t i = 0; i < count; i++)
                free(entries[i]);
        free(entries);
}

/* Appends a copy of the entry. Returns false when there is no memory. */
static bool append(struct dirent ***entries, size_t count, const struct dirent *entry)
{
        if ((count & (count - 1)) == 0) { /* room doubles at each power of two */
                struct dirent **larger = realloc(*entries, (count == 0 ? 1 : 2 * count) * sizeof(struct dirent *));
                if (larger == NULL)
                        return false;
                *entries = larger;
        }
        (*entries)[count] = malloc(sizeof(*entry));
        if ((*entries)[count] == NULL)
                return false;
        memcpy((*entries)[count], entry, sizeof(*entry));
        return true;
}

int scandir(const char *path, struct dirent ***result, int (*wanted)(const struct dirent *),
            int (*order)(const struct dirent **, const struct dirent **))
{
        DIR *stream = opendir(path);
        struct dirent **entries = NULL;
        size_t count = 0;
        if (stream == NULL)
                return -1;
        for (const struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
                if (wanted != NULL && wanted(entry) == 0)
                        continue;
                if (!append(&entries, count, entry)) {
                        free_all(entries, count);
                        closedir(stream);
                        errno = ENOMEM;
                        return -1;
                }
                count++;
        }
        closedir(stream);
        if (order != NULL && count != 0)
                qsort(entries, count, sizeof(struct dirent *), (int (*)(const void *, const void *))order);
        *result = entries;
        return (int)count;
}
