/* Waiting for readiness (POSIX.1-2024, poll.h). */
#ifndef _POLL_H
#define _POLL_H

#include <sys/cdefs.h>
#include <sys/_sigset.h>
#include <sys/_timespec.h>

#ifdef __cplusplus
extern "C" {
#endif

#define POLLIN     0x0001
#define POLLPRI    0x0002
#define POLLOUT    0x0004
#define POLLERR    0x0008
#define POLLHUP    0x0010
#define POLLNVAL   0x0020
#define POLLRDNORM 0x0040
#define POLLRDBAND 0x0080
#define POLLWRNORM 0x0100
#define POLLWRBAND 0x0200
#define POLLRDHUP  0x2000

typedef unsigned long nfds_t;

struct pollfd {
        int fd;
        short events;
        short revents;
};

int poll(struct pollfd descriptors[], nfds_t count, int timeout_ms);
#if __GNU_VISIBLE || __POSIX_VISIBLE >= 202405
int ppoll(struct pollfd descriptors[], nfds_t count, const struct timespec *timeout, const __sigset_t *mask);
#endif

#ifdef __cplusplus
}
#endif

#endif
