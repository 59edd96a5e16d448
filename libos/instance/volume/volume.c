/* What both file systems need; see volume.h. */
#include "volume.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int volume_read(const struct volume *volume, uint64_t offset, void *buffer, size_t bytes)
{
        if (offset > volume->bytes || bytes > volume->bytes - offset)
                return -EINVAL;
        return volume->read(volume->ctx, offset, buffer, bytes);
}

static char lower(char c)
{
        return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool volume_same_name(const char *a, const char *b)
{
        while (*a != '\0' && lower(*a) == lower(*b)) {
                a++;
                b++;
        }
        return *a == '\0' && *b == '\0';
}

static int find(const struct filesystem *filesystem, const char *path, struct volume_entry *entry)
{
        *entry = filesystem->root;
        while (*path != '\0') {
                char name[VOLUME_NAME_MAX];
                const struct volume_entry directory = *entry;
                const size_t length = strcspn(path, "/");
                if (!directory.is_directory || length >= sizeof(name))
                        return -ENOENT;
                memcpy(name, path, length);
                name[length] = '\0';
                const int error = filesystem->operations->find(filesystem, &directory, name, entry);
                if (error != 0)
                        return error;
                path += length + (path[length] == '/');
        }
        return entry->is_directory ? -EISDIR : 0;
}

char *filesystem_load(const struct filesystem *filesystem, const char *path, size_t most, size_t *bytes, int *error)
{
        struct volume_entry entry;
        *error = find(filesystem, path, &entry);
        if (*error == 0 && entry.bytes > most)
                *error = -EFBIG;
        char *text = *error == 0 ? malloc((size_t)entry.bytes + 1) : NULL;
        if (*error == 0 && text == NULL)
                *error = -ENOMEM;
        if (*error == 0)
                *error = filesystem->operations->read(filesystem, &entry, text);
        if (*error != 0) {
                free(text);
                return NULL;
        }
        text[entry.bytes] = '\0';
        *bytes = entry.bytes;
        return text;
}
