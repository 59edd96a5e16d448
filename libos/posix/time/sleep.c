/* nanosleep and its relatives (POSIX.1-2024): never early, accurate to the machine's timer. */
#include "clock.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include <coracle/sched.h>

#include <platform.h>

#include "../pthread/pthread_self.h"

/* A cancellation point where cancelling is linked. */
static void sleep_until(uint64_t deadline)
{
        struct spinlock lock = SPINLOCK_INIT;
        struct wait_queue queue = WAIT_QUEUE_INIT(queue);
        int error = 0;

        if (cancel_point_enter != NULL)
                cancel_point_enter(&lock);
        spin_lock(&lock);
        while (error != -EINTR && platform_clock_monotonic() < deadline)
                error = wait_queue_sleep(&queue, &lock, deadline);
        spin_unlock(&lock);
        if (cancel_point_leave != NULL)
                cancel_point_leave(true);
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *remaining)
{
        bool shows_date;
        uint64_t deadline;

        if (!clock_is_known(clock, &shows_date) || !timespec_is_valid(time))
                return EINVAL;
        if ((flags & TIMER_ABSTIME) != 0) {
                clock_deadline(clock, time, &deadline);
        } else if (__builtin_add_overflow(platform_clock_monotonic(), timespec_nanoseconds(time), &deadline)) {
                deadline = PLATFORM_FOREVER;
        }
        sleep_until(deadline);
        if ((flags & TIMER_ABSTIME) == 0 && remaining != NULL)
                *remaining = (struct timespec){0};
        return 0;
}

int nanosleep(const struct timespec *time, struct timespec *remaining)
{
        int error = clock_nanosleep(CLOCK_MONOTONIC, 0, time, remaining);

        if (error != 0) {
                errno = error;
                return -1;
        }
        return 0;
}

int usleep(useconds_t microseconds)
{
        struct timespec time = nanoseconds_timespec(microseconds * 1000ull);

        return nanosleep(&time, NULL);
}

unsigned sleep(unsigned seconds)
{
        nanosleep(&(struct timespec){.tv_sec = seconds}, NULL);
        return 0;
}
