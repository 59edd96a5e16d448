/* ioctl of block devices: the requests of <linux/fs.h>, with the numbers and arguments that they have on Linux. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>

#include "block_file.h"
#include "transfer.h"

static int put_int(void *argument, int value)
{
        *(int *)argument = value;
        return 0;
}

/* DISCARD or ZERO of {start, length} in bytes. */
static int change_range(struct file *file, struct blkdev *device, enum blkdev_operation operation,
                        const uint64_t range[2])
{
        uint64_t end = block_file_bytes(device);
        struct block_wait wait;
        if ((atomic_load_explicit(&file->flags, memory_order_relaxed) & O_ACCMODE) == O_RDONLY)
                return -EBADF;
        if (((range[0] | range[1]) & (blkdev_info(device)->block_bytes - 1)) != 0 || range[0] > end ||
            range[1] > end - range[0])
                return -EINVAL;
        if (operation == BLKDEV_DISCARD && (blkdev_info(device)->capabilities & BLKDEV_CAN_DISCARD) == 0)
                return -EOPNOTSUPP;
        block_wait_begin(&wait, device);
        block_io_range(&wait.io, operation, range[0] / BLKDEV_SECTOR, range[1] / BLKDEV_SECTOR);
        return block_wait_end(&wait);
}

int block_file_control(struct file *file, unsigned long request, void *argument)
{
        struct blkdev *device = list_entry(file, struct block_file, file)->device;
        const struct blkdev_info *info = blkdev_info(device);
        switch (request) {
        case BLKGETSIZE64:
                *(uint64_t *)argument = block_file_bytes(device);
                return 0;
        case BLKGETSIZE:
                *(unsigned long *)argument = block_file_bytes(device) / BLKDEV_SECTOR;
                return 0;
        case BLKSSZGET:
                return put_int(argument, (int)info->block_bytes);
        case BLKBSZGET:
        case BLKPBSZGET:
        case BLKIOMIN:
                return put_int(argument, (int)info->physical_block_bytes);
        case BLKIOOPT:
        case BLKALIGNOFF:
                return put_int(argument, 0);
        case BLKROGET:
                return put_int(argument, (info->capabilities & BLKDEV_READ_ONLY) != 0);
        case BLKFLSBUF:
                return block_file_flush(device);
        case BLKDISCARD:
                return change_range(file, device, BLKDEV_DISCARD, argument);
        case BLKZEROOUT:
                return change_range(file, device, BLKDEV_ZERO, argument);
        default:
                return -ENOTTY;
        }
}
