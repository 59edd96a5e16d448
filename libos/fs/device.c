/* The files under /dev (device.h). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <coracle/log.h>

#include <platform.h>

#include "../block/file.h"
#include "../posix/console/console.h"
#include "../posix/file/vector.h"
#include "device.h"

static void describe(mode_t mode, struct stat *status)
{
        memset(status, 0, sizeof(*status));
        status->st_mode = mode;
        status->st_nlink = 1;
        status->st_blksize = PLATFORM_PAGE_SIZE;
}

static int stat_device(struct file *file, struct stat *status)
{
        (void)file;
        describe(S_IFCHR | 0666, status);
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

/* The index-th name of all, NULL beyond the last. */
static const char *name_at(size_t index)
{
        if (index < DEVICES)
                return devices[index].name;
        if (index < DEVICES + ALIASES)
                return aliases[index - DEVICES].name;
        return block_file_name != NULL ? block_file_name((unsigned)(index - DEVICES - ALIASES)) : NULL;
}

int device_status(const char *name, struct stat *status)
{
        describe(*name == '\0' ? S_IFDIR | 0555 : S_IFCHR | 0666, status);
        if (*name == '\0')
                return 0;
        for (size_t i = 0; i < DEVICES + ALIASES; i++) {
                if (strcmp(name_at(i), name) == 0)
                        return 0;
        }
        if (block_file_status != NULL)
                return block_file_status(name, status);
        if (strcmp(name, "vda") == 0 || strcmp(name, "xvda") == 0)
                log_warning("block",
                            "/dev/%s: this program carries no block devices, because it uses none of pread, "
                            "pwrite, fsync, sync and aio_read; call one of them",
                            name);
        return -ENOENT;
}

bool device_exists(const char *name)
{
        struct stat unused;
        return device_status(name, &unused) == 0;
}

/* ---- The directory itself ---- */

#define DOT_ENTRIES 2 /* "." and ".." */

struct device_directory {
        struct file file;
        atomic_long position; /* entries that were read */
};

static struct device_directory *directory_of(struct file *file)
{
        return list_entry(file, struct device_directory, file);
}

static int stat_directory(struct file *file, struct stat *status)
{
        (void)file;
        return device_status("", status);
}

static off_t seek_directory(struct file *file, off_t offset, int whence)
{
        if (whence == SEEK_CUR)
                offset += atomic_load(&directory_of(file)->position);
        if (whence == SEEK_END || offset < 0)
                return -EINVAL;
        atomic_store(&directory_of(file)->position, offset);
        return offset;
}

static int next_entry(struct file *file, struct dirent *entry)
{
        size_t position = (size_t)atomic_fetch_add(&directory_of(file)->position, 1);
        const char *name = position < DOT_ENTRIES ? &".."[1 - position] : name_at(position - DOT_ENTRIES);
        struct stat status;
        if (name == NULL)
                return 0;
        if (position < DOT_ENTRIES || device_status(name, &status) != 0)
                describe(S_IFDIR, &status);
        entry->d_ino = (ino_t)(position + 1);
        entry->d_reclen = sizeof(*entry);
        entry->d_type = (unsigned char)IFTODT(status.st_mode);
        strlcpy(entry->d_name, name, sizeof(entry->d_name));
        return 1;
}

static void close_directory(struct file *file)
{
        free(directory_of(file));
}

static const struct file_operations directory_operations = {
        .kind = "device directory",
        .seek = seek_directory,
        .stat = stat_directory,
        .next_entry = next_entry,
        .close = close_directory,
};

bool device_is_directory(const struct file *file)
{
        return file->operations == &directory_operations;
}

static int open_directory(int flags, struct file **file)
{
        struct device_directory *open = (flags & O_ACCMODE) == O_RDONLY ? malloc(sizeof(*open)) : NULL;
        if (open == NULL)
                return (flags & O_ACCMODE) == O_RDONLY ? -ENOMEM : -EISDIR;
        file_init(&open->file, &directory_operations, flags & (O_ACCMODE | O_NONBLOCK));
        atomic_init(&open->position, 0);
        *file = &open->file;
        return 0;
}

/* ---- Opening ---- */

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
        if (*name == '\0')
                return open_directory(flags, file);
        if ((flags & O_DIRECTORY) != 0)
                return -ENOTDIR;
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
        return block_file_open != NULL ? block_file_open(name, flags, file) : -ENOENT;
}
