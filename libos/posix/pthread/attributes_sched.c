/* Scheduling attributes: one policy, one priority, every thread competes with every other. */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>

static bool is_the_policy(int policy)
{
        return policy == SCHED_OTHER || policy == SCHED_RR;
}

int pthread_attr_setschedparam(pthread_attr_t *restrict attributes, const struct sched_param *restrict parameters)
{
        if (parameters->sched_priority != 0)
                return ENOTSUP;
        attributes->__priority = parameters->sched_priority;
        return 0;
}

int pthread_attr_getschedparam(const pthread_attr_t *restrict attributes, struct sched_param *restrict parameters)
{
        *parameters = (struct sched_param){.sched_priority = attributes->__priority};
        return 0;
}

int pthread_attr_setschedpolicy(pthread_attr_t *attributes, int policy)
{
        if (!is_the_policy(policy))
                return ENOTSUP;
        attributes->__policy = policy;
        return 0;
}

int pthread_attr_getschedpolicy(const pthread_attr_t *restrict attributes, int *restrict policy)
{
        *policy = attributes->__policy;
        return 0;
}

int pthread_attr_setinheritsched(pthread_attr_t *attributes, int inherit)
{
        if (inherit != PTHREAD_INHERIT_SCHED && inherit != PTHREAD_EXPLICIT_SCHED)
                return EINVAL;
        attributes->__inherit = inherit;
        return 0;
}

int pthread_attr_getinheritsched(const pthread_attr_t *restrict attributes, int *restrict inherit)
{
        *inherit = attributes->__inherit;
        return 0;
}

int pthread_attr_setscope(pthread_attr_t *attributes, int scope)
{
        if (scope != PTHREAD_SCOPE_SYSTEM)
                return scope == PTHREAD_SCOPE_PROCESS ? ENOTSUP : EINVAL;
        attributes->__scope = scope;
        return 0;
}

int pthread_attr_getscope(const pthread_attr_t *restrict attributes, int *restrict scope)
{
        *scope = attributes->__scope;
        return 0;
}

int pthread_getschedparam(pthread_t thread, int *restrict policy, struct sched_param *restrict parameters)
{
        (void)thread;
        *policy = SCHED_OTHER;
        *parameters = (struct sched_param){0};
        return 0;
}

int pthread_setschedparam(pthread_t thread, int policy, const struct sched_param *parameters)
{
        (void)thread;
        return is_the_policy(policy) && parameters->sched_priority == 0 ? 0 : ENOTSUP;
}

int pthread_setschedprio(pthread_t thread, int priority)
{
        (void)thread;
        return priority == 0 ? 0 : ENOTSUP;
}

int pthread_getconcurrency(void)
{
        return 0;
}

int pthread_setconcurrency(int level)
{
        return level < 0 ? EINVAL : 0;
}
