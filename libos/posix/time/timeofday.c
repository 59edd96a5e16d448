/* gettimeofday, on which newlib's time() rests, and settimeofday. */
#include "clock.h"

#include <stddef.h>
#include <sys/time.h>

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
        struct timespec now;

        if (clock_gettime(CLOCK_REALTIME, &now) != 0)
                return -1;
        if (time != NULL)
                *time = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
        if (zone != NULL)
                *(struct timezone *)zone = (struct timezone){0};
        return 0;
}

int settimeofday(const struct timeval *time, const struct timezone *zone)
{
        (void)zone;
        return time == NULL ? 0
                            : clock_settime(CLOCK_REALTIME, &(struct timespec){.tv_sec = time->tv_sec,
                                                                               .tv_nsec = time->tv_usec * 1000});
}
