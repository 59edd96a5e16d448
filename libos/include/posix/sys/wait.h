/* newlib's sys/wait.h, with what programs expect beside it. No call ever finds a child: ECHILD. */
#ifndef _CORACLE_SYS_WAIT_H
#define _CORACLE_SYS_WAIT_H

#include_next <sys/wait.h>

#ifndef WCOREDUMP
#define WCOREDUMP(status) (((status)&0x80) != 0)
#endif
#ifndef WCONTINUED
#define WCONTINUED 8
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct rusage;
pid_t wait3(int *status, int options, struct rusage *usage);
pid_t wait4(pid_t process, int *status, int options, struct rusage *usage);

#ifdef __cplusplus
}
#endif

#endif
