/* newlib's time.h, with POSIX.1-2024's timegm. */
#ifndef _CORACLE_TIME_H
#define _CORACLE_TIME_H

#include_next <time.h>

#if __MISC_VISIBLE || __POSIX_VISIBLE >= 202405
#ifdef __cplusplus
extern "C" {
#endif

time_t timegm(struct tm *parts);

#ifdef __cplusplus
}
#endif
#endif

#endif
