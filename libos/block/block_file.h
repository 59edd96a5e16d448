/* An open block device, for the files of this room. */
#ifndef CORACLE_BLOCK_BLOCK_FILE_H
#define CORACLE_BLOCK_BLOCK_FILE_H

#include <coracle/blkdev.h>
#include <coracle/file.h>

struct block_file {
        struct file file;
        struct blkdev *device;
        struct mutex lock; /* of the offset, held while it is used and advanced */
        uint64_t offset;
};

/* Bytes of the device, whole blocks only. */
uint64_t block_file_bytes(const struct blkdev *device);

int block_file_flush(struct blkdev *device);

/* ioctl. */
int block_file_control(struct file *file, unsigned long request, void *argument);

#endif
