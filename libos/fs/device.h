/* The files under /dev: null, zero, full, random, urandom, console, tty, stdin, stdout, stderr. */
#ifndef CORACLE_FS_DEVICE_H
#define CORACLE_FS_DEVICE_H

#include <stdbool.h>

#include <coracle/file.h>

/* Whether /dev/NAME exists. */
bool device_exists(const char *name);

/* Opens /dev/NAME into *file with one reference. Returns 0, -ENOENT, -ENOMEM; -ENXIO: stdin is closed, say. */
int device_open(const char *name, int flags, struct file **file);

void device_status(struct stat *status);

#endif
