/*
 * Block devices under /dev. Referred to weakly by libos/fs/device.c: a program that opens files but none of a disk
 * carries no drivers. What belongs to disks (pread, pwrite, fsync, aio_read, and their kin) pulls this in.
 */
#ifndef CORACLE_BLOCK_FILE_H
#define CORACLE_BLOCK_FILE_H

#include <coracle/blkdev.h>
#include <coracle/file.h>

/* Opens /dev/NAME into *file with one reference. Returns 0, -ENOENT, -ENOMEM, -EROFS. */
int block_file_open(const char *name, int flags, struct file **file) __attribute__((weak));

/* What stat says of /dev/NAME. Returns 0 or -ENOENT. */
int block_file_status(const char *name, struct stat *status) __attribute__((weak));

/* The name of the index-th device, NULL beyond the last. */
const char *block_file_name(unsigned index) __attribute__((weak));

/* Flushes every device. */
void block_file_sync_all(void) __attribute__((weak));

#endif
