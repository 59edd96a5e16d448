/* Attributes of mutexes. Those that mean something only between processes or priorities are accepted at their default.
 */
#include <errno.h>
#include <pthread.h>

int pthread_mutexattr_init(pthread_mutexattr_t *attributes)
{
        *attributes = (pthread_mutexattr_t){.__type = PTHREAD_MUTEX_DEFAULT};
        return 0;
}

int pthread_mutexattr_destroy(pthread_mutexattr_t *attributes)
{
        (void)attributes;
        return 0;
}

int pthread_mutexattr_settype(pthread_mutexattr_t *attributes, int type)
{
        if (type != PTHREAD_MUTEX_NORMAL && type != PTHREAD_MUTEX_RECURSIVE && type != PTHREAD_MUTEX_ERRORCHECK)
                return EINVAL;
        attributes->__type = type;
        return 0;
}

int pthread_mutexattr_gettype(const pthread_mutexattr_t *restrict attributes, int *restrict type)
{
        *type = attributes->__type;
        return 0;
}

/* One process: shared with it is shared with all. */
int pthread_mutexattr_setpshared(pthread_mutexattr_t *attributes, int shared)
{
        if (shared != PTHREAD_PROCESS_PRIVATE && shared != PTHREAD_PROCESS_SHARED)
                return EINVAL;
        attributes->__shared = shared;
        return 0;
}

int pthread_mutexattr_getpshared(const pthread_mutexattr_t *restrict attributes, int *restrict shared)
{
        *shared = attributes->__shared;
        return 0;
}

/* Refused: a thread that ends with a mutex locked is an error of the program here, which nobody repairs. */
int pthread_mutexattr_setrobust(pthread_mutexattr_t *attributes, int robust)
{
        (void)attributes;
        return robust == PTHREAD_MUTEX_STALLED ? 0 : robust == PTHREAD_MUTEX_ROBUST ? ENOTSUP : EINVAL;
}

int pthread_mutexattr_getrobust(const pthread_mutexattr_t *restrict attributes, int *restrict robust)
{
        (void)attributes;
        *robust = PTHREAD_MUTEX_STALLED;
        return 0;
}

/* Without priorities there is nothing to inherit and no ceiling: inheriting is granted, as it changes nothing. */
int pthread_mutexattr_setprotocol(pthread_mutexattr_t *attributes, int protocol)
{
        (void)attributes;
        return protocol == PTHREAD_PRIO_NONE || protocol == PTHREAD_PRIO_INHERIT ? 0
               : protocol == PTHREAD_PRIO_PROTECT                                ? ENOTSUP
                                                                                 : EINVAL;
}

int pthread_mutexattr_getprotocol(const pthread_mutexattr_t *restrict attributes, int *restrict protocol)
{
        (void)attributes;
        *protocol = PTHREAD_PRIO_NONE;
        return 0;
}
