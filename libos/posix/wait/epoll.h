/* What the descriptor table must tell epoll. */
#ifndef CORACLE_POSIX_EPOLL_H
#define CORACLE_POSIX_EPOLL_H

#include <coracle/file.h>

/*
 * The last reference to a file is gone: takes it out of every epoll that watches it, before it is freed. Weak: there
 * when the program uses epoll.
 */
void epoll_file_closed(struct file *file) __attribute__((weak));

#endif
