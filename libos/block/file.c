/*
 * Block devices as files: /dev/vda and so on. As with O_DIRECT elsewhere, there is no cache in between: positions and
 * lengths are multiples of the block size, or EINVAL, and what write returned from is at the device.
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../posix/file/vector.h"
#include "block_file.h"
#include "linked.h"
#include "transfer.h"

const char block_files_are_linked = 1;

#define KEPT_FLAGS (O_ACCMODE | O_NONBLOCK | O_APPEND | O_SYNC)

static struct block_file *block_file_of(struct file *file)
{
        return list_entry(file, struct block_file, file);
}

uint64_t block_file_bytes(const struct blkdev *device)
{
        return blkdev_sectors(device) * BLKDEV_SECTOR & ~(uint64_t)(blkdev_info(device)->block_bytes - 1);
}

int block_file_flush(struct blkdev *device)
{
        struct block_wait wait;
        block_wait_begin(&wait, device);
        block_io_flush(&wait.io);
        return block_wait_end(&wait);
}

/* How much of `bytes` at `position` there is to move: 0 at the end when reading. Or -EINVAL, -ENOSPC. */
static ssize_t check_range(const struct blkdev *device, enum blkdev_operation operation, uint64_t position,
                           size_t bytes)
{
        uint64_t end = block_file_bytes(device);
        if (((position | bytes) & (blkdev_info(device)->block_bytes - 1)) != 0)
                return -EINVAL;
        if (bytes == 0)
                return 0;
        if (position >= end)
                return operation == BLKDEV_READ ? 0 : -ENOSPC;
        return (ssize_t)(bytes < end - position ? bytes : end - position);
}

static ssize_t transfer_at(struct block_file *open, enum blkdev_operation operation, const struct iovec *vector,
                           int count, uint64_t position)
{
        struct block_wait wait;
        ssize_t bytes = check_range(open->device, operation, position, vector_bytes(vector, count));
        if (bytes <= 0)
                return bytes;
        block_wait_begin(&wait, open->device);
        block_io_transfer(&wait.io, operation, vector, count, position, (uint64_t)bytes);
        int error = block_wait_end(&wait);
        bool synchronous = (atomic_load_explicit(&open->file.flags, memory_order_relaxed) & O_SYNC) != 0;
        if (error == 0 && operation == BLKDEV_WRITE && synchronous)
                error = block_file_flush(open->device);
        return error != 0 ? error : bytes;
}

static ssize_t transfer(struct file *file, enum blkdev_operation operation, const struct iovec *vector, int count,
                        off_t at)
{
        struct block_file *open = block_file_of(file);
        if (at != FILE_AT_OFFSET)
                return transfer_at(open, operation, vector, count, (uint64_t)at);
        mutex_lock(&open->lock);
        ssize_t bytes = transfer_at(open, operation, vector, count, open->offset);
        if (bytes > 0)
                open->offset += (uint64_t)bytes;
        mutex_unlock(&open->lock);
        return bytes;
}

static ssize_t read_file(struct file *file, const struct iovec *vector, int count, off_t at)
{
        return transfer(file, BLKDEV_READ, vector, count, at);
}

static ssize_t write_file(struct file *file, const struct iovec *vector, int count, off_t at)
{
        return transfer(file, BLKDEV_WRITE, vector, count, at);
}

/* ---- Transfers that go on after the call ---- */

struct started {
        struct block_io io;
        size_t bytes;
};
_Static_assert(sizeof(struct started) <= sizeof(((struct file_transfer *)NULL)->own), "it lives there");

static void start_finished(struct block_io *io)
{
        struct started *started = list_entry(io, struct started, io);
        struct file_transfer *transfer = list_entry(started, struct file_transfer, own);
        int error = atomic_load(&io->error);
        transfer->done(transfer, error != 0 ? error : (ssize_t)started->bytes);
}

static int start(struct file *file, struct file_transfer *transfer)
{
        struct blkdev *device = block_file_of(file)->device;
        struct started *started = (struct started *)(void *)transfer->own;
        enum blkdev_operation operation = transfer->writes ? BLKDEV_WRITE : BLKDEV_READ;
        ssize_t bytes =
                check_range(device, operation, (uint64_t)transfer->at, vector_bytes(transfer->vector, transfer->count));
        if (bytes < 0)
                return (int)bytes;
        started->bytes = (size_t)bytes;
        block_io_begin(&started->io, device, start_finished);
        if (transfer->count == 0)
                block_io_flush(&started->io);
        else
                block_io_transfer(&started->io, operation, transfer->vector, transfer->count, (uint64_t)transfer->at,
                                  (uint64_t)bytes);
        block_io_end(&started->io);
        return 0;
}

static off_t seek(struct file *file, off_t offset, int whence)
{
        struct block_file *open = block_file_of(file);
        off_t result;
        if (whence != SEEK_SET && whence != SEEK_CUR && whence != SEEK_END)
                return -EINVAL;
        mutex_lock(&open->lock);
        uint64_t end = block_file_bytes(open->device);
        off_t base = whence == SEEK_SET ? 0 : (off_t)(whence == SEEK_CUR ? open->offset : end);
        if (__builtin_add_overflow(base, offset, &result) || result < 0 || (uint64_t)result > end)
                result = -EINVAL;
        else
                open->offset = (uint64_t)result;
        mutex_unlock(&open->lock);
        return result;
}

static void describe(const struct blkdev *device, struct stat *status)
{
        const struct blkdev_info *info = blkdev_info(device);
        memset(status, 0, sizeof(*status));
        status->st_mode = S_IFBLK | ((info->capabilities & BLKDEV_READ_ONLY) != 0 ? 0444 : 0666);
        status->st_nlink = 1;
        status->st_size = (off_t)block_file_bytes(device);
        status->st_blocks = (blkcnt_t)(status->st_size / BLKDEV_SECTOR);
        status->st_blksize =
                (blksize_t)info->physical_block_bytes > 4096 ? (blksize_t)info->physical_block_bytes : 4096;
        for (unsigned i = 0; blkdev_get(i) != device; i++)
                status->st_rdev = (dev_t)(i + 1);
}

static int stat_file(struct file *file, struct stat *status)
{
        describe(block_file_of(file)->device, status);
        return 0;
}

static int synchronise(struct file *file)
{
        return block_file_flush(block_file_of(file)->device);
}

static void close_file(struct file *file)
{
        free(block_file_of(file));
}

static const struct file_operations operations = {
        .kind = "block device",
        .read = read_file,
        .write = write_file,
        .start = start,
        .seek = seek,
        .stat = stat_file,
        .sync = synchronise,
        .control = block_file_control,
        .close = close_file,
};

/* ---- Names ---- */

/* Only names that a device can have make anybody look for devices. */
static struct blkdev *find(const char *name)
{
        if (strncmp(name, "vd", 2) != 0 && strncmp(name, "xvd", 3) != 0)
                return NULL;
        blkdev_start();
        return blkdev_find(name);
}

int block_file_open(const char *name, int flags, struct file **file)
{
        struct blkdev *device = find(name);
        if (device == NULL)
                return -ENOENT;
        if ((blkdev_info(device)->capabilities & BLKDEV_READ_ONLY) != 0 && (flags & O_ACCMODE) != O_RDONLY)
                return -EROFS;
        struct block_file *open = malloc(sizeof(*open));
        if (open == NULL)
                return -ENOMEM;
        file_init(&open->file, &operations, flags & KEPT_FLAGS);
        open->device = device;
        open->offset = 0;
        mutex_init(&open->lock);
        *file = &open->file;
        return 0;
}

int block_file_status(const char *name, struct stat *status)
{
        const struct blkdev *device = find(name);
        if (device == NULL)
                return -ENOENT;
        describe(device, status);
        return 0;
}

const char *block_file_name(unsigned index)
{
        blkdev_start();
        const struct blkdev *device = blkdev_get(index);
        return device != NULL ? blkdev_info(device)->name : NULL;
}

void block_file_sync_all(void)
{
        struct blkdev *device;
        for (unsigned i = 0; (device = blkdev_get(i)) != NULL; i++)
                block_file_flush(device);
}
