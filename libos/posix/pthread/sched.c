/* sched.h: one policy, one CPU to run on, as the scheduler is now. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

#include <coracle/sched.h>

static int fail(int error)
{
        errno = error;
        return -1;
}

static bool is_a_policy(int policy)
{
        return policy == SCHED_OTHER || policy == SCHED_RR || policy == SCHED_FIFO;
}

/* One priority, so that a program that computes a value in between gets one that is accepted. */
int sched_get_priority_max(int policy)
{
        return is_a_policy(policy) ? 0 : fail(EINVAL);
}

int sched_get_priority_min(int policy)
{
        return is_a_policy(policy) ? 0 : fail(EINVAL);
}

int sched_rr_get_interval(pid_t pid, struct timespec *interval)
{
        (void)pid;
        *interval = (struct timespec){.tv_nsec = THREAD_TIME_SLICE};
        return 0;
}

int sched_getscheduler(pid_t pid)
{
        (void)pid;
        return SCHED_OTHER;
}

int sched_setscheduler(pid_t pid, int policy, const struct sched_param *parameters)
{
        (void)pid;
        if (!is_a_policy(policy) || parameters->sched_priority != 0)
                return fail(EINVAL);
        return policy == SCHED_FIFO ? fail(EPERM) : 0;
}

int sched_getparam(pid_t pid, struct sched_param *parameters)
{
        (void)pid;
        *parameters = (struct sched_param){0};
        return 0;
}

int sched_setparam(pid_t pid, const struct sched_param *parameters)
{
        (void)pid;
        return parameters->sched_priority == 0 ? 0 : fail(EINVAL);
}

int sched_getcpu(void)
{
        return 0;
}

int pthread_getaffinity_np(pthread_t thread, size_t bytes, cpu_set_t *cpus)
{
        (void)thread;
        if (bytes < sizeof(cpus->__bits[0]))
                return EINVAL;
        CPU_ZERO_S(bytes, cpus);
        CPU_SET_S(0, bytes, cpus);
        return 0;
}

int pthread_setaffinity_np(pthread_t thread, size_t bytes, const cpu_set_t *cpus)
{
        (void)thread;
        return CPU_ISSET_S(0, bytes, cpus) ? 0 : EINVAL;
}

int sched_getaffinity(pid_t pid, size_t bytes, cpu_set_t *cpus)
{
        (void)pid;
        return pthread_getaffinity_np(0, bytes, cpus) == 0 ? 0 : fail(EINVAL);
}

int sched_setaffinity(pid_t pid, size_t bytes, const cpu_set_t *cpus)
{
        (void)pid;
        return pthread_setaffinity_np(0, bytes, cpus) == 0 ? 0 : fail(EINVAL);
}

int __sched_cpucount(size_t bytes, const cpu_set_t *cpus)
{
        int count = 0;

        for (size_t i = 0; i < bytes / sizeof(cpus->__bits[0]); i++)
                count += __builtin_popcountl(cpus->__bits[i]);
        return count;
}
