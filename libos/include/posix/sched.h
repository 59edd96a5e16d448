/* Scheduling (POSIX.1-2024, sched.h; cpu_set_t as on Linux). Every thread has the one policy, round robin. */
#ifndef _CORACLE_SCHED_H
#define _CORACLE_SCHED_H

#include <string.h>
#include <sys/sched.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

int sched_yield(void);
int sched_get_priority_max(int __policy);
int sched_get_priority_min(int __policy);
int sched_rr_get_interval(pid_t __pid, struct timespec *__interval);
int sched_getscheduler(pid_t __pid);
int sched_setscheduler(pid_t __pid, int __policy, const struct sched_param *__parameters);
int sched_getparam(pid_t __pid, struct sched_param *__parameters);
int sched_setparam(pid_t __pid, const struct sched_param *__parameters);

#define CPU_SETSIZE 1024
typedef struct {
        unsigned long __bits[CPU_SETSIZE / (8 * sizeof(unsigned long))];
} cpu_set_t;

int sched_getcpu(void);
int sched_getaffinity(pid_t __pid, size_t __bytes, cpu_set_t *__cpus);
int sched_setaffinity(pid_t __pid, size_t __bytes, const cpu_set_t *__cpus);
int __sched_cpucount(size_t __bytes, const cpu_set_t *__cpus);

#define __CPU_WORD(cpu)        ((size_t)(cpu) / (8 * sizeof(unsigned long)))
#define __CPU_BIT(cpu)         (1ul << ((size_t)(cpu) % (8 * sizeof(unsigned long))))
#define __CPU_FITS(cpu, bytes) ((size_t)(cpu) / 8 < (bytes))
#define CPU_ZERO_S(bytes, set) ((void)memset((set), 0, (bytes)))
#define CPU_SET_S(cpu, bytes, set)                                                                                     \
        ((void)(__CPU_FITS(cpu, bytes) && ((set)->__bits[__CPU_WORD(cpu)] |= __CPU_BIT(cpu))))
#define CPU_CLR_S(cpu, bytes, set)                                                                                     \
        ((void)(__CPU_FITS(cpu, bytes) && ((set)->__bits[__CPU_WORD(cpu)] &= ~__CPU_BIT(cpu))))
#define CPU_ISSET_S(cpu, bytes, set) (__CPU_FITS(cpu, bytes) && ((set)->__bits[__CPU_WORD(cpu)] & __CPU_BIT(cpu)) != 0)
#define CPU_COUNT_S(bytes, set)      __sched_cpucount((bytes), (set))
#define CPU_ZERO(set)                CPU_ZERO_S(sizeof(cpu_set_t), set)
#define CPU_SET(cpu, set)            CPU_SET_S(cpu, sizeof(cpu_set_t), set)
#define CPU_CLR(cpu, set)            CPU_CLR_S(cpu, sizeof(cpu_set_t), set)
#define CPU_ISSET(cpu, set)          CPU_ISSET_S(cpu, sizeof(cpu_set_t), set)
#define CPU_COUNT(set)               CPU_COUNT_S(sizeof(cpu_set_t), set)
#define CPU_EQUAL(a, b)              (memcmp((a), (b), sizeof(cpu_set_t)) == 0)

#ifdef __cplusplus
}
#endif

#endif
