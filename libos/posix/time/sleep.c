/* nanosleep and its relatives (POSIX.1-2024): never early but by a signal, accurate to the machine's
 * timer. */
#include "clock.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include <coracle/sched.h>

#include <platform.h>

#include "../pthread/pthread_self.h"
#include "../wait/hears_requests.h"
#include "../wait/interrupt.h"

/* A cancellation point where cancelling is linked. Returns false when a signal interrupted it. */
static bool sleep_until(uint64_t deadline)
{
        struct spinlock lock = SPINLOCK_INIT;
        struct wait_queue queue = WAIT_QUEUE_INIT(queue);
        int error = 0;

        if (cancel_point_enter != NULL)
                cancel_point_enter(&lock);
        interruptible_enter(&lock);
        spin_lock(&lock);
        while (error != -EINTR && platform_clock_monotonic() < deadline)
                error = interruptible_sleep(&queue, &lock, deadline, false);
        spin_unlock(&lock);
        interruptible_leave();
        if (cancel_point_leave != NULL)
                cancel_point_leave(true);
        return error != -EINTR;
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
        bool whole = sleep_until(deadline);
        if ((flags & TIMER_ABSTIME) == 0 && remaining != NULL) {
                uint64_t now = platform_clock_monotonic();
                *remaining = nanoseconds_timespec(!whole && deadline > now ? deadline - now : 0);
        }
        return whole ? 0 : EINTR;
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
        struct timespec left = {.tv_sec = seconds};

        return nanosleep(&left, &left) == 0 ? 0 : (unsigned)left.tv_sec + (left.tv_nsec != 0);
}
