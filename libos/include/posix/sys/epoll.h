/*
 * Linux's epoll(7). Level- and edge-triggered, one-shot; EPOLLEXCLUSIVE and EPOLLWAKEUP are accepted and mean nothing.
 * An epoll descriptor can be watched by poll and select but not by another epoll (EINVAL).
 */
#ifndef _SYS_EPOLL_H
#define _SYS_EPOLL_H

#include <fcntl.h>
#include <stdint.h>
#include <sys/_sigset.h>
#include <sys/_timespec.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EPOLL_CLOEXEC 0x40000 /* as O_CLOEXEC */

#define EPOLL_CTL_ADD 1
#define EPOLL_CTL_DEL 2
#define EPOLL_CTL_MOD 3

enum EPOLL_EVENTS {
        EPOLLIN = 0x0001,
        EPOLLPRI = 0x0002,
        EPOLLOUT = 0x0004,
        EPOLLERR = 0x0008,
        EPOLLHUP = 0x0010,
        EPOLLRDNORM = 0x0040,
        EPOLLRDBAND = 0x0080,
        EPOLLWRNORM = 0x0100,
        EPOLLWRBAND = 0x0200,
        EPOLLRDHUP = 0x2000
};
#define EPOLLIN        0x0001u
#define EPOLLPRI       0x0002u
#define EPOLLOUT       0x0004u
#define EPOLLERR       0x0008u
#define EPOLLHUP       0x0010u
#define EPOLLRDNORM    0x0040u
#define EPOLLRDBAND    0x0080u
#define EPOLLWRNORM    0x0100u
#define EPOLLWRBAND    0x0200u
#define EPOLLRDHUP     0x2000u
#define EPOLLEXCLUSIVE (1u << 28)
#define EPOLLWAKEUP    (1u << 29)
#define EPOLLONESHOT   (1u << 30)
#define EPOLLET        (1u << 31)

typedef union epoll_data {
        void *ptr;
        int fd;
        uint32_t u32;
        uint64_t u64;
} epoll_data_t;

struct epoll_event {
        uint32_t events;
        epoll_data_t data;
} __attribute__((packed));

int epoll_create(int size);
int epoll_create1(int flags);
int epoll_ctl(int epoll, int operation, int descriptor, struct epoll_event *event);
int epoll_wait(int epoll, struct epoll_event *events, int count, int timeout_ms);
int epoll_pwait(int epoll, struct epoll_event *events, int count, int timeout_ms, const __sigset_t *mask);

#ifdef __cplusplus
}
#endif

#endif
