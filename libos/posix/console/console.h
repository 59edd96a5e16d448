/* The console as a file: what descriptors 0, 1 and 2, and /dev/console, refer to. */
#ifndef CORACLE_POSIX_CONSOLE_H
#define CORACLE_POSIX_CONSOLE_H

#include <coracle/file.h>

extern struct file console_file;

/* libos/posix/console/input.c */
ssize_t console_read(struct file *file, const struct iovec *vector, int count, off_t at);
int console_control(struct file *file, unsigned long request, void *argument);
short console_poll(struct file *file);
struct poll_source *console_poll_source(struct file *file);

#endif
