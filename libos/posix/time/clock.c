/* clock_gettime and its relatives (POSIX.1-2024) on the platform's clocks. */
#include "clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

#include <platform.h>

/* What clock_settime added; wraps, as a negative number would. */
static _Atomic uint64_t adjustment;

uint64_t clock_realtime_offset(void)
{
        static _Atomic uint64_t known;
        uint64_t epoch = atomic_load_explicit(&known, memory_order_relaxed);

        if (epoch == 0) {
                if (platform_clock_read(PLATFORM_CLOCK_EPOCH, &epoch) != 0)
                        epoch = 0;
                atomic_store_explicit(&known, epoch, memory_order_relaxed);
        }
        return epoch + atomic_load_explicit(&adjustment, memory_order_relaxed);
}

bool clock_is_known(clockid_t clock, bool *shows_date)
{
        *shows_date = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_REALTIME_ALARM;
        return *shows_date || clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_RAW ||
               clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_BOOTTIME || clock == CLOCK_BOOTTIME_ALARM;
}

bool timespec_is_valid(const struct timespec *time)
{
        return time->tv_sec >= 0 && time->tv_nsec >= 0 && time->tv_nsec < (long)NANOSECONDS;
}

uint64_t timespec_nanoseconds(const struct timespec *time)
{
        uint64_t nanoseconds;

        if (__builtin_mul_overflow((uint64_t)time->tv_sec, NANOSECONDS, &nanoseconds) ||
            __builtin_add_overflow(nanoseconds, (uint64_t)time->tv_nsec, &nanoseconds))
                return UINT64_MAX;
        return nanoseconds;
}

struct timespec nanoseconds_timespec(uint64_t nanoseconds)
{
        return (struct timespec){
                .tv_sec = (time_t)(nanoseconds / NANOSECONDS),
                .tv_nsec = (long)(nanoseconds % NANOSECONDS),
        };
}

int clock_deadline(clockid_t clock, const struct timespec *time, uint64_t *deadline)
{
        bool shows_date;

        if (!clock_is_known(clock, &shows_date))
                return EINVAL;
        if (time == NULL) {
                *deadline = PLATFORM_FOREVER;
                return 0;
        }
        if (time->tv_nsec < 0 || time->tv_nsec >= (long)NANOSECONDS)
                return EINVAL;

        uint64_t at = time->tv_sec < 0 ? 0 : timespec_nanoseconds(time);
        uint64_t offset = shows_date ? clock_realtime_offset() : 0;

        *deadline = at == UINT64_MAX ? PLATFORM_FOREVER : at < offset ? 0 : at - offset;
        return 0;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
        bool shows_date;

        if (!clock_is_known(clock, &shows_date)) {
                errno = EINVAL;
                return -1;
        }

        uint64_t offset = shows_date ? clock_realtime_offset() : 0;

        *time = nanoseconds_timespec(platform_clock_monotonic() + offset);
        return 0;
}

int clock_getres(clockid_t clock, struct timespec *resolution)
{
        bool shows_date;

        if (!clock_is_known(clock, &shows_date)) {
                errno = EINVAL;
                return -1;
        }
        if (resolution != NULL)
                *resolution = (struct timespec){.tv_nsec = 1};
        return 0;
}

int clock_settime(clockid_t clock, const struct timespec *time)
{
        if (clock != CLOCK_REALTIME || !timespec_is_valid(time)) {
                errno = EINVAL;
                return -1;
        }

        uint64_t now = platform_clock_monotonic() + clock_realtime_offset();

        atomic_fetch_add_explicit(&adjustment, timespec_nanoseconds(time) - now, memory_order_relaxed);
        return 0;
}
