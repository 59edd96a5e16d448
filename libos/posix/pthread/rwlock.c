/* Read-write locks. A waiting writer goes before readers that come later, so that readers cannot keep it out. */
#include <errno.h>

#include <platform.h>

#include "../time/clock.h"
#include "pthread_self.h"

struct rwlock {
        struct spinlock lock;
        struct wait_queue readers, writers;
        struct thread *writer;
        unsigned reading, waiting_writers;
};

_Static_assert(sizeof(struct rwlock) == sizeof(pthread_rwlock_t), "sys/_pthreadtypes.h");

static struct rwlock *rwlock_of(pthread_rwlock_t *lock)
{
        return (struct rwlock *)(void *)lock;
}

int pthread_rwlock_init(pthread_rwlock_t *restrict lock, const pthread_rwlockattr_t *restrict attributes)
{
        (void)attributes;
        *lock = (pthread_rwlock_t){0};
        return 0;
}

int pthread_rwlock_destroy(pthread_rwlock_t *lock)
{
        struct rwlock *rwlock = rwlock_of(lock);

        spin_lock(&rwlock->lock);

        bool busy = rwlock->writer != NULL || rwlock->reading != 0;

        spin_unlock(&rwlock->lock);
        return busy ? EBUSY : 0;
}

/* A deadline of 0 tries once: the answer is then EBUSY. */
static int lock_reading(struct rwlock *rwlock, uint64_t deadline)
{
        int error = 0;

        spin_lock(&rwlock->lock);
        if (rwlock->writer == thread_current())
                error = deadline == 0 ? -EBUSY : -EDEADLK;
        while (error == 0 && (rwlock->writer != NULL || rwlock->waiting_writers != 0))
                error = deadline == 0 ? -EBUSY : wait_queue_sleep(&rwlock->readers, &rwlock->lock, deadline);
        if (error == 0 && rwlock->reading == UINT32_MAX)
                error = -EAGAIN;
        if (error == 0)
                rwlock->reading++;
        spin_unlock(&rwlock->lock);
        return -error;
}

static int lock_writing(struct rwlock *rwlock, uint64_t deadline)
{
        int error = 0;

        spin_lock(&rwlock->lock);
        if (rwlock->writer == thread_current())
                error = deadline == 0 ? -EBUSY : -EDEADLK;
        rwlock->waiting_writers++;
        while (error == 0 && (rwlock->writer != NULL || rwlock->reading != 0))
                error = deadline == 0 ? -EBUSY : wait_queue_sleep(&rwlock->writers, &rwlock->lock, deadline);
        rwlock->waiting_writers--;
        if (error == 0)
                rwlock->writer = thread_current();
        else if (rwlock->waiting_writers == 0 && rwlock->writer == NULL)
                wait_queue_wake_all(&rwlock->readers); /* they waited for this writer only */
        spin_unlock(&rwlock->lock);
        return -error;
}

int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
        return lock_reading(rwlock_of(lock), PLATFORM_FOREVER);
}

int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
        return lock_reading(rwlock_of(lock), 0);
}

static int lock_until(pthread_rwlock_t *lock, clockid_t clock, const struct timespec *time,
                      int (*take)(struct rwlock *, uint64_t))
{
        uint64_t deadline;

        if (take(rwlock_of(lock), 0) == 0) /* even when the time is malformed or over */
                return 0;

        int error = clock_deadline(clock, time, &deadline);

        return error != 0 ? error : take(rwlock_of(lock), deadline == 0 ? 1 : deadline);
}

int pthread_rwlock_clockrdlock(pthread_rwlock_t *restrict lock, clockid_t clock, const struct timespec *restrict time)
{
        return lock_until(lock, clock, time, lock_reading);
}

int pthread_rwlock_timedrdlock(pthread_rwlock_t *restrict lock, const struct timespec *restrict time)
{
        return lock_until(lock, CLOCK_REALTIME, time, lock_reading);
}

int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
        return lock_writing(rwlock_of(lock), PLATFORM_FOREVER);
}

int pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
        return lock_writing(rwlock_of(lock), 0);
}

int pthread_rwlock_clockwrlock(pthread_rwlock_t *restrict lock, clockid_t clock, const struct timespec *restrict time)
{
        return lock_until(lock, clock, time, lock_writing);
}

int pthread_rwlock_timedwrlock(pthread_rwlock_t *restrict lock, const struct timespec *restrict time)
{
        return lock_until(lock, CLOCK_REALTIME, time, lock_writing);
}

int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
        struct rwlock *rwlock = rwlock_of(lock);
        int error = 0;

        spin_lock(&rwlock->lock);
        if (rwlock->writer == thread_current())
                rwlock->writer = NULL;
        else if (rwlock->reading != 0)
                rwlock->reading--;
        else
                error = EPERM;
        if (error == 0 && rwlock->reading == 0 && wait_queue_wake_one(&rwlock->writers) == 0)
                wait_queue_wake_all(&rwlock->readers);
        spin_unlock(&rwlock->lock);
        return error;
}

int pthread_rwlockattr_init(pthread_rwlockattr_t *attributes)
{
        *attributes = (pthread_rwlockattr_t){0};
        return 0;
}

int pthread_rwlockattr_destroy(pthread_rwlockattr_t *attributes)
{
        (void)attributes;
        return 0;
}

int pthread_rwlockattr_setpshared(pthread_rwlockattr_t *attributes, int shared)
{
        if (shared != PTHREAD_PROCESS_PRIVATE && shared != PTHREAD_PROCESS_SHARED)
                return EINVAL;
        attributes->__shared = shared;
        return 0;
}

int pthread_rwlockattr_getpshared(const pthread_rwlockattr_t *restrict attributes, int *restrict shared)
{
        *shared = attributes->__shared;
        return 0;
}
