/* The files under /dev (device.h). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <platform.h>

#include "../posix/console/console.h"
#include "../posix/file/vector.h"
#include "device.h"

void device_status(struct stat *status)
{
        memset(status, 0, sizeof(*status));
        status->st_mode = S_IFCHR | 0666;
        status->st_nlink = 1;
        status->st_blksize = PLATFORM_PAGE_SIZE;
}

static int stat_device(struct file *file, struct stat *status)
{
        (void)file;
        device_status(status);
        return 0;
}

static ssize_t read_nothing(struct file *file, const struct iovec *vector, int count, off_t at)
{
        (void)file;
        (void)vector;
        (void)count;
        (void)at;
        return 0;
}

static ssize_t read_zeros(struct file *file, const struct iovec *vector, int count, off_t at)
{
        (void)file;
        (void)at;
        for (int i = 0; i < count; i++)
                memset(vector[i].iov_base, 0, vector[i].iov_len);
        return (ssize_t)vector_bytes(vector, count);
}

static ssize_t read_random(struct file *file, const struct iovec *vector, int count, off_t at)
{
        (void)file;
        (void)at;
        for (int i = 0; i < count; i++)
                (void)platform_entropy(vector[i].iov_base, vector[i].iov_len); /* weak ones: said at boot */
        return (ssize_t)vector_bytes(vector, count);
}

static ssize_t write_nowhere(struct file *file, const struct iovec *vector, int count, off_t at)
{
        (void)file;
        (void)at;
        return (ssize_t)vector_bytes(vector, count);
}

static ssize_t write_full(struct file *file, const struct iovec *vector, int count, off_t at)
{
        (void)file;
        (void)vector;
        (void)count;
        (void)at;
        return -ENOSPC;
}

/* Position means nothing: it is always 0. */
static off_t seek_nowhere(struct file *file, off_t offset, int whence)
{
        (void)file;
        (void)offset;
        (void)whence;
        return 0;
}

static void close_device(struct file *file)
{
        free(file);
}

#define DEVICE(reader, writer)                                                                                         \
        {                                                                                                              \
                .kind = "device", .read = (reader), .write = (writer), .seek = seek_nowhere, .stat = stat_device,      \
                .close = close_device                                                                                  \
        }

static const struct {
        char name[8];
        struct file_operations operations;
} devices[] = {
        {"null", DEVICE(read_nothing, write_nowhere)},   {"zero", DEVICE(read_zeros, write_nowhere)},
        {"full", DEVICE(read_zeros, write_full)},        {"random", DEVICE(read_random, write_nowhere)},
        {"urandom", DEVICE(read_random, write_nowhere)},
};
#define DEVICES (sizeof(devices) / sizeof(devices[0]))

/* Names of files that are open already. */
static const struct {
        char name[8];
        int descriptor; /* -1: the console itself */
} aliases[] = {{"stdin", 0}, {"stdout", 1}, {"stderr", 2}, {"console", -1}, {"tty", -1}};
#define ALIASES (sizeof(aliases) / sizeof(aliases[0]))

bool device_exists(const char *name)
{
        for (size_t i = 0; i < DEVICES; i++) {
                if (strcmp(devices[i].name, name) == 0)
                        return true;
        }
        for (size_t i = 0; i < ALIASES; i++) {
                if (strcmp(aliases[i].name, name) == 0)
                        return true;
        }
        return false;
}

static int open_alias(int descriptor, struct file **file)
{
        if (descriptor < 0) {
                file_get(&console_file);
                *file = &console_file;
                return 0;
        }
        *file = file_lookup(descriptor);
        return *file == NULL ? -ENXIO : 0;
}

int device_open(const char *name, int flags, struct file **file)
{
        for (size_t i = 0; i < ALIASES; i++) {
                if (strcmp(aliases[i].name, name) == 0)
                        return open_alias(aliases[i].descriptor, file);
        }
        for (size_t i = 0; i < DEVICES; i++) {
                if (strcmp(devices[i].name, name) != 0)
                        continue;
                *file = malloc(sizeof(**file));
                if (*file == NULL)
                        return -ENOMEM;
                file_init(*file, &devices[i].operations, flags & (O_ACCMODE | O_NONBLOCK | O_APPEND));
                return 0;
        }
        return -ENOENT;
}
