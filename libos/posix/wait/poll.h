/* The core of poll and select. */
#ifndef CORACLE_POSIX_POLL_H
#define CORACLE_POSIX_POLL_H

#include <poll.h>
#include <stdint.h>

/* poll(2), with the time to wait in nanoseconds: 0 looks once, negative is for ever. Returns a count, -ENOMEM
 * or -EINTR. */
int poll_descriptors(struct pollfd *descriptors, nfds_t count, int64_t nanoseconds);

#endif
