/* The scheduler's mutex inside a pthread_mutex_t. */
#ifndef CORACLE_POSIX_PTHREAD_MUTEX_H
#define CORACLE_POSIX_PTHREAD_MUTEX_H

#include <pthread.h>

#include <coracle/sched.h>

static inline struct mutex *mutex_of(const pthread_mutex_t *mutex)
{
        return (struct mutex *)(void *)&((pthread_mutex_t *)mutex)->__lock;
}

#endif
