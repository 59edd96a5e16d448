/*
 * Condition variables.
 *
 * Their spinlocks are not in them but in a table by address: a condition variable may be destroyed as soon as its
 * waiters have been woken, and a woken waiter still takes the lock once.
 */
#include <errno.h>
#include <string.h>

#include <platform.h>

#include "../time/clock.h"
#include "mutex.h"
#include "pthread_self.h"

_Static_assert(sizeof(struct wait_queue) == sizeof(((pthread_cond_t *)0)->__queue), "sys/_pthreadtypes.h");

#define LOCKS 16u
static struct spinlock locks[LOCKS];

static struct spinlock *lock_of(const pthread_cond_t *cond)
{
        return &locks[(uintptr_t)cond / 64 % LOCKS];
}

static struct wait_queue *queue_of(pthread_cond_t *cond)
{
        return (struct wait_queue *)(void *)&cond->__queue;
}

/* `__clock` is 0 for the default, CLOCK_REALTIME, so that the static initialiser is all zero. */
int pthread_cond_init(pthread_cond_t *restrict cond, const pthread_condattr_t *restrict attributes)
{
        memset(cond, 0, sizeof(*cond));
        cond->__clock = attributes == NULL ? 0 : attributes->__clock;
        return 0;
}

int pthread_cond_destroy(pthread_cond_t *cond)
{
        struct spinlock *lock = lock_of(cond);
        struct list *waiters = &queue_of(cond)->waiters;

        spin_lock(lock);

        int error = waiters->next != NULL && !list_empty(waiters) ? EBUSY : 0;

        spin_unlock(lock);
        return error;
}

int pthread_cond_signal(pthread_cond_t *cond)
{
        struct spinlock *lock = lock_of(cond);

        spin_lock(lock);
        wait_queue_wake_one(queue_of(cond));
        spin_unlock(lock);
        return 0;
}

int pthread_cond_broadcast(pthread_cond_t *cond)
{
        struct spinlock *lock = lock_of(cond);

        spin_lock(lock);
        wait_queue_wake_all(queue_of(cond));
        spin_unlock(lock);
        return 0;
}

static int wait(pthread_cond_t *cond, pthread_mutex_t *mutex, uint64_t deadline)
{
        struct spinlock *lock = lock_of(cond);
        unsigned depth = mutex->__depth;

        if (mutex->__type != PTHREAD_MUTEX_NORMAL && mutex_owner(mutex_of(mutex)) != thread_current())
                return EPERM;
        if (cancel_point_enter != NULL)
                cancel_point_enter(lock);
        spin_lock(lock);
        mutex->__depth = 0;
        mutex_unlock(mutex_of(mutex)); /* may wake, does not sleep */

        int error = wait_queue_sleep(queue_of(cond), lock, deadline);

        spin_unlock(lock);
        mutex_lock(mutex_of(mutex));
        mutex->__depth = depth;
        if (cancel_point_leave != NULL)
                cancel_point_leave(error == -EINTR); /* clean-up handlers run with the mutex locked */
        return error == -EINTR ? 0 : -error;
}

int pthread_cond_wait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex)
{
        return wait(cond, mutex, PLATFORM_FOREVER);
}

int pthread_cond_clockwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex, clockid_t clock,
                           const struct timespec *restrict time)
{
        uint64_t deadline;
        int error = clock_deadline(clock, time, &deadline);

        return error != 0 ? error : wait(cond, mutex, deadline);
}

int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict time)
{
        return pthread_cond_clockwait(cond, mutex, cond->__clock == 0 ? CLOCK_REALTIME : (clockid_t)cond->__clock,
                                      time);
}

int pthread_condattr_init(pthread_condattr_t *attributes)
{
        *attributes = (pthread_condattr_t){0};
        return 0;
}

int pthread_condattr_destroy(pthread_condattr_t *attributes)
{
        (void)attributes;
        return 0;
}

int pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock)
{
        if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
                return EINVAL;
        attributes->__clock = (int)clock;
        return 0;
}

int pthread_condattr_getclock(const pthread_condattr_t *restrict attributes, clockid_t *restrict clock)
{
        *clock = attributes->__clock == 0 ? CLOCK_REALTIME : (clockid_t)attributes->__clock;
        return 0;
}

int pthread_condattr_setpshared(pthread_condattr_t *attributes, int shared)
{
        if (shared != PTHREAD_PROCESS_PRIVATE && shared != PTHREAD_PROCESS_SHARED)
                return EINVAL;
        attributes->__shared = shared;
        return 0;
}

int pthread_condattr_getpshared(const pthread_condattr_t *restrict attributes, int *restrict shared)
{
        *shared = attributes->__shared;
        return 0;
}
