/*
 * Mutexes of POSIX, of every type, on the scheduler's.
 *
 * Robust and process-shared mutexes: there is one process, and it dies with its threads; see mutex_attributes.c.
 */
#include "mutex.h"

#include <errno.h>
#include <string.h>

#include <platform.h>

#include "../time/clock.h"

_Static_assert(sizeof(struct mutex) == sizeof(((pthread_mutex_t *)0)->__lock), "sys/_pthreadtypes.h");

int pthread_mutex_init(pthread_mutex_t *restrict mutex, const pthread_mutexattr_t *restrict attributes)
{
        memset(mutex, 0, sizeof(*mutex));
        mutex->__type = attributes == NULL ? PTHREAD_MUTEX_DEFAULT : attributes->__type;
        return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
        return mutex_owner(mutex_of(mutex)) == NULL ? 0 : EBUSY;
}

int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
        if (mutex_try_lock(mutex_of(mutex)))
                return 0;
        if (mutex->__type != PTHREAD_MUTEX_RECURSIVE || mutex_owner(mutex_of(mutex)) != thread_current())
                return EBUSY;
        if (mutex->__depth == UINT32_MAX)
                return EAGAIN;
        mutex->__depth++;
        return 0;
}

/* Locking again what the caller owns already. */
static int relock(pthread_mutex_t *mutex)
{
        return mutex->__type == PTHREAD_MUTEX_RECURSIVE ? pthread_mutex_trylock(mutex) : EDEADLK;
}

static bool relocks(pthread_mutex_t *mutex)
{
        return mutex->__type != PTHREAD_MUTEX_NORMAL && mutex_owner(mutex_of(mutex)) == thread_current();
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
        if (mutex_try_lock(mutex_of(mutex)))
                return 0;
        if (relocks(mutex))
                return relock(mutex);
        mutex_lock(mutex_of(mutex));
        return 0;
}

int pthread_mutex_clocklock(pthread_mutex_t *restrict mutex, clockid_t clock, const struct timespec *restrict time)
{
        uint64_t deadline;

        if (mutex_try_lock(mutex_of(mutex)))
                return 0;
        if (relocks(mutex))
                return relock(mutex);

        int error = clock_deadline(clock, time, &deadline);

        return error != 0 ? error : -mutex_lock_until(mutex_of(mutex), deadline);
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex, const struct timespec *restrict time)
{
        return pthread_mutex_clocklock(mutex, CLOCK_REALTIME, time);
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
        if (mutex->__type != PTHREAD_MUTEX_NORMAL) {
                if (mutex_owner(mutex_of(mutex)) != thread_current())
                        return EPERM;
                if (mutex->__depth != 0) {
                        mutex->__depth--;
                        return 0;
                }
        }
        mutex_unlock(mutex_of(mutex));
        return 0;
}

int pthread_mutex_consistent(pthread_mutex_t *mutex)
{
        (void)mutex; /* never inconsistent: no mutex is robust */
        return EINVAL;
}
