/* A thread that waits for any of several files: what poll, select and epoll_wait share. */
#ifndef CORACLE_POSIX_WAITER_H
#define CORACLE_POSIX_WAITER_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include <coracle/init.h>
#include <coracle/sched.h>

#include <platform.h>

struct poll_waiter {
        struct spinlock lock;
        struct wait_queue queue; /* at most the one thread */
        bool fired;              /* something may be ready: look again */
};

/* A relative time as a deadline of the monotonic clock. Negative: for ever. */
static inline uint64_t deadline_after(int64_t nanoseconds)
{
        if (nanoseconds < 0)
                return PLATFORM_FOREVER;
        uint64_t now = platform_clock_monotonic();
        return (uint64_t)nanoseconds > PLATFORM_FOREVER - 1 - now ? PLATFORM_FOREVER : now + (uint64_t)nanoseconds;
}

static inline bool deadline_passed(uint64_t deadline)
{
        return deadline != PLATFORM_FOREVER && platform_clock_monotonic() >= deadline;
}

static inline int64_t timespec_nanoseconds(const struct timespec *time)
{
        if (time->tv_sec > INT64_MAX / 1000000000 - 1)
                return INT64_MAX;
        return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

static inline bool timespec_is_valid(const struct timespec *time)
{
        return time->tv_sec >= 0 && time->tv_nsec >= 0 && time->tv_nsec < 1000000000;
}

/* Lets the network, if it is there, take in what has arrived. True: look again before sleeping. */
static inline bool waiter_work(void)
{
        return network_work != NULL && network_work();
}

#endif
