/* Clocks of POSIX in terms of the platform's. */
#ifndef CORACLE_POSIX_CLOCK_H
#define CORACLE_POSIX_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define NANOSECONDS 1000000000ull /* in a second */

/* Nanoseconds of CLOCK_REALTIME when the monotonic clock shows 0; 0 when no clock knows the date. */
uint64_t clock_realtime_offset(void);

/* Whether it is a clock that can be read and waited for, and whether it shows the date. */
bool clock_is_known(clockid_t clock, bool *shows_date);

/* A well-formed time that is not negative. */
bool timespec_is_valid(const struct timespec *time);

/* Nanoseconds; the largest number when there are more. */
uint64_t timespec_nanoseconds(const struct timespec *time);
struct timespec nanoseconds_timespec(uint64_t nanoseconds);

/* The monotonic deadline at which `clock` shows `time`. Returns 0 or EINVAL. NULL is for ever. */
int clock_deadline(clockid_t clock, const struct timespec *time, uint64_t *deadline);

#endif
