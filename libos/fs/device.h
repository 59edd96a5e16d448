/*
 * The files under /dev: null, zero, full, random, urandom, console, tty, stdin, stdout, stderr; disks where the program
 * uses what belongs to disks (libos/block/file.h). The empty name is the directory itself.
 */
#ifndef CORACLE_FS_DEVICE_H
#define CORACLE_FS_DEVICE_H

#include <stdbool.h>

#include <coracle/file.h>

/* Whether /dev/NAME exists. */
bool device_exists(const char *name);

/*
 * Opens /dev/NAME into *file with one reference. Returns 0, -ENOENT, -ENOMEM, -EROFS, -EISDIR, -ENOTDIR; -ENXIO: stdin
 * is closed, say.
 */
int device_open(const char *name, int flags, struct file **file);

/* Returns 0 or -ENOENT. */
int device_status(const char *name, struct stat *status);

/* Whether a file is /dev itself. */
bool device_is_directory(const struct file *file);

#endif
