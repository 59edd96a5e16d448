/*
 * Open files and directories of the carried tree. Their contents are in the image: reading copies from there, mapping
 * hands out the address itself.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <platform.h>

#include "../posix/file/vector.h"
#include "tree_file.h"

#define DOT_ENTRIES 2 /* "." and "..", which come before position 0 of tree_next */

struct tree_file {
        struct file file;
        const struct carried_entry *entry;
        struct spinlock lock;
        off_t offset; /* of a directory: 0 ".", 1 "..", then DOT_ENTRIES + the position of tree_next */
};

static struct tree_file *tree_file_of(struct file *file)
{
        return list_entry(file, struct tree_file, file);
}

void tree_status(const struct carried_entry *entry, struct stat *status)
{
        memset(status, 0, sizeof(*status));
        status->st_dev = 1;
        status->st_ino = (ino_t)(tree_index(entry) + 1);
        status->st_mode = entry->mode;
        status->st_nlink = tree_is_directory(entry) ? 2 : 1;
        status->st_size = (off_t)entry->size;
        status->st_blksize = PLATFORM_PAGE_SIZE;
        status->st_blocks = (blkcnt_t)((entry->size + S_BLKSIZE - 1) / S_BLKSIZE);
        status->st_mtim.tv_sec = entry->modified;
        status->st_atim = status->st_mtim;
        status->st_ctim = status->st_mtim;
}

static int file_status(struct file *file, struct stat *status)
{
        tree_status(tree_file_of(file)->entry, status);
        return 0;
}

static ssize_t file_read(struct file *file, const struct iovec *vector, int count, off_t at)
{
        struct tree_file *open = tree_file_of(file);
        const struct carried_entry *entry = open->entry;
        size_t wanted = vector_bytes(vector, count);
        spin_lock(&open->lock);
        off_t offset = at == FILE_AT_OFFSET ? open->offset : at;
        size_t left = (uint64_t)offset < entry->size ? entry->size - (uint64_t)offset : 0;
        size_t taken = wanted < left ? wanted : left;
        if (at == FILE_AT_OFFSET)
                open->offset += (off_t)taken;
        spin_unlock(&open->lock);
        struct vector_cursor cursor = vector_start(vector, count);
        return (ssize_t)vector_fill(&cursor, (const char *)tree_data(entry) + offset, taken);
}

static ssize_t directory_read(struct file *file, const struct iovec *vector, int count, off_t at)
{
        (void)file;
        (void)vector;
        (void)count;
        (void)at;
        return -EISDIR;
}

static off_t seek(struct file *file, off_t offset, int whence)
{
        struct tree_file *open = tree_file_of(file);
        off_t result;
        spin_lock(&open->lock);
        off_t base = whence == SEEK_CUR ? open->offset : (whence == SEEK_END ? (off_t)open->entry->size : 0);
        bool known = whence == SEEK_SET || whence == SEEK_CUR || whence == SEEK_END;
        if (__builtin_add_overflow(base, offset, &result))
                result = -EOVERFLOW;
        else if (!known || result < 0)
                result = -EINVAL;
        else
                open->offset = result;
        spin_unlock(&open->lock);
        return result;
}

static int map(struct file *file, off_t offset, size_t bytes, void **address)
{
        const struct carried_entry *entry = tree_file_of(file)->entry;
        uint64_t end = (entry->size + PLATFORM_PAGE_SIZE - 1) & ~(PLATFORM_PAGE_SIZE - 1);
        if ((uint64_t)offset > end || bytes > end - (uint64_t)offset)
                return -ENXIO;
        *address = (char *)(uintptr_t)tree_data(entry) + offset;
        return 0;
}

static int synchronise(struct file *file)
{
        (void)file;
        return 0;
}

static void fill_entry(struct dirent *to, const struct carried_entry *entry, const char *name)
{
        size_t length = strlen(name);
        if (length > sizeof(to->d_name) - 1)
                length = sizeof(to->d_name) - 1;
        to->d_ino = (ino_t)(tree_index(entry) + 1);
        to->d_reclen = sizeof(*to);
        to->d_type = (unsigned char)IFTODT(entry->mode);
        memcpy(to->d_name, name, length);
        to->d_name[length] = '\0';
}

/* Two threads that read one directory take turns: the lock is held throughout, and the walk is short. */
static int next_entry(struct file *file, struct dirent *to)
{
        struct tree_file *open = tree_file_of(file);
        const struct carried_entry *entry = open->entry;
        const char *name;
        spin_lock(&open->lock);
        if (open->offset < DOT_ENTRIES) {
                name = open->offset == 0 ? "." : "..";
                open->offset++;
        } else if (open->offset - DOT_ENTRIES > (off_t)UINT32_MAX) {
                entry = NULL; /* somebody sought there */
        } else {
                uint32_t position = (uint32_t)(open->offset - DOT_ENTRIES);
                entry = tree_next(open->entry, &position, &name);
                open->offset = (off_t)position + DOT_ENTRIES;
        }
        if (entry != NULL)
                fill_entry(to, entry, name);
        spin_unlock(&open->lock);
        return entry != NULL;
}

static void close_file(struct file *file)
{
        free(tree_file_of(file));
}

static const struct file_operations file_operations = {
        .kind = "image file",
        .read = file_read,
        .seek = seek,
        .stat = file_status,
        .sync = synchronise,
        .map = map,
        .close = close_file,
};

static const struct file_operations directory_operations = {
        .kind = "image directory",
        .read = directory_read,
        .seek = seek,
        .stat = file_status,
        .sync = synchronise,
        .next_entry = next_entry,
        .close = close_file,
};

struct file *tree_file_open(const struct carried_entry *entry, int flags)
{
        struct tree_file *open = malloc(sizeof(*open));
        if (open == NULL)
                return NULL;
        file_init(&open->file, tree_is_directory(entry) ? &directory_operations : &file_operations,
                  flags & (O_ACCMODE | O_NONBLOCK | O_APPEND));
        open->entry = entry;
        open->lock = (struct spinlock)SPINLOCK_INIT;
        open->offset = 0;
        return &open->file;
}

const struct carried_entry *tree_file_entry(const struct file *file)
{
        if (file->operations != &file_operations && file->operations != &directory_operations)
                return NULL;
        return list_entry(file, struct tree_file, file)->entry;
}
