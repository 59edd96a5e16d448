/* Directory streams (POSIX.1-2024, dirent.h). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <coracle/file.h>

#include "../edge.h"

struct __directory {
        int descriptor;
        struct dirent entry; /* what readdir returned last */
};

DIR *fdopendir(int descriptor)
{
        struct file *file = file_lookup(descriptor);
        if (file == NULL) {
                errno = EBADF;
                return NULL;
        }
        bool directory = file->operations->next_entry != NULL;
        file_put(file);
        if (!directory) {
                errno = ENOTDIR;
                return NULL;
        }
        DIR *stream = malloc(sizeof(*stream));
        if (stream == NULL)
                errno = ENOMEM;
        else
                stream->descriptor = descriptor;
        return stream;
}

DIR *opendir(const char *path)
{
        int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (descriptor < 0)
                return NULL;
        DIR *stream = fdopendir(descriptor);
        if (stream == NULL)
                close(descriptor);
        return stream;
}

int fdclosedir(DIR *stream)
{
        int descriptor = stream->descriptor;
        free(stream);
        return descriptor;
}

int closedir(DIR *stream)
{
        return close(fdclosedir(stream));
}

int dirfd(DIR *stream)
{
        return stream->descriptor;
}

/* 1 an entry, 0 the end, negative an error. */
static int next(DIR *stream, struct dirent *entry)
{
        struct file *file = file_lookup(stream->descriptor);
        if (file == NULL)
                return -EBADF;
        int result = file->operations->next_entry == NULL ? -ENOTDIR : file->operations->next_entry(file, entry);
        file_put(file);
        return result;
}

struct dirent *readdir(DIR *stream)
{
        int result = next(stream, &stream->entry);
        if (result < 0)
                errno = -result;
        return result > 0 ? &stream->entry : NULL;
}

int readdir_r(DIR *restrict stream, struct dirent *restrict entry, struct dirent **restrict result)
{
        int got = next(stream, entry);
        *result = got > 0 ? entry : NULL;
        return got < 0 ? -got : 0;
}

void seekdir(DIR *stream, long position)
{
        lseek(stream->descriptor, position, SEEK_SET);
}

long telldir(DIR *stream)
{
        return lseek(stream->descriptor, 0, SEEK_CUR);
}

void rewinddir(DIR *stream)
{
        seekdir(stream, 0);
}
