/* Linux's timerfd_create(2): timers that can be waited for. */
#ifndef _SYS_TIMERFD_H
#define _SYS_TIMERFD_H

#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TFD_CLOEXEC             0x40000 /* as O_CLOEXEC */
#define TFD_NONBLOCK            0x4000  /* as O_NONBLOCK */
#define TFD_TIMER_ABSTIME       0x1
#define TFD_TIMER_CANCEL_ON_SET 0x2

int timerfd_create(clockid_t clock, int flags);
int timerfd_settime(int descriptor, int flags, const struct itimerspec *value, struct itimerspec *old);
int timerfd_gettime(int descriptor, struct itimerspec *value);

#ifdef __cplusplus
}
#endif

#endif
