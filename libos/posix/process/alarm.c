/*
 * alarm, ualarm and setitimer(ITIMER_REAL): SIGALRM after a time, as a signal from outside (signal.c).
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/time.h>
#include <unistd.h>

#include <coracle/sched.h>
#include <coracle/timer.h>

#include <platform.h>

#include "../edge.h"
#include "signal.h"

static struct spinlock lock = SPINLOCK_INIT;
static struct timer timer;
static uint64_t next;     /* monotonic nanoseconds; 0: off */
static uint64_t interval; /* nanoseconds; 0: once */

static void expire(void *ctx)
{
        (void)ctx;
        spin_lock(&lock);
        const bool expired = next != 0 && platform_clock_monotonic() >= next;
        if (expired)
                next = interval == 0 ? 0 : next + interval;
        if (next != 0)
                timer_start(&timer, next);
        spin_unlock(&lock);
        if (expired)
                signal_from_outside(SIGALRM);
}

static void get(uint64_t *left, uint64_t *every)
{
        uint64_t now = platform_clock_monotonic();
        *left = next == 0 ? 0 : (next > now ? next - now : 1);
        *every = interval;
}

/* Sets the timer; what it was goes to *left and *every. */
static int set(uint64_t first, uint64_t new_interval, uint64_t *left, uint64_t *every)
{
        int error = signal_thread_start();
        if (error != 0)
                return error;
        spin_lock(&lock);
        timer.fn = expire;
        get(left, every);
        next = first == 0 ? 0 : platform_clock_monotonic() + first;
        interval = new_interval;
        if (next != 0)
                timer_start(&timer, next);
        spin_unlock(&lock);
        return 0;
}

unsigned alarm(unsigned seconds)
{
        uint64_t left = 0, every;
        (void)set(seconds * UINT64_C(1000000000), 0, &left, &every);
        return (unsigned)((left + 999999999) / 1000000000);
}

useconds_t ualarm(useconds_t first, useconds_t every)
{
        uint64_t left = 0, old;
        (void)set(first * UINT64_C(1000), every * UINT64_C(1000), &left, &old);
        return (useconds_t)(left / 1000);
}

static bool to_nanoseconds(const struct timeval *time, uint64_t *nanoseconds)
{
        if (time->tv_sec < 0 || time->tv_sec > INT64_C(1000000000) || time->tv_usec < 0 || time->tv_usec >= 1000000)
                return false;
        *nanoseconds = (uint64_t)time->tv_sec * 1000000000 + (uint64_t)time->tv_usec * 1000;
        return true;
}

static struct timeval to_timeval(uint64_t nanoseconds)
{
        return (struct timeval){(time_t)(nanoseconds / 1000000000), (suseconds_t)(nanoseconds % 1000000000 / 1000)};
}

/* Only real time is counted: there is one processor and the program has it. */
int setitimer(int which, const struct itimerval *restrict value, struct itimerval *restrict old)
{
        uint64_t first, every, left, old_every;
        if (which != ITIMER_REAL || !to_nanoseconds(&value->it_value, &first) ||
            !to_nanoseconds(&value->it_interval, &every))
                return edge_status(-EINVAL);
        int error = set(first, every, &left, &old_every);
        if (error == 0 && old != NULL)
                *old = (struct itimerval){to_timeval(old_every), to_timeval(left)};
        return edge_status(error);
}

int getitimer(int which, struct itimerval *value)
{
        uint64_t left, every;
        if (which != ITIMER_REAL)
                return edge_status(-EINVAL);
        spin_lock(&lock);
        get(&left, &every);
        spin_unlock(&lock);
        *value = (struct itimerval){to_timeval(every), to_timeval(left)};
        return 0;
}
