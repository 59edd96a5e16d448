/* C11 mutexes. */
#include <errno.h>
#include <threads.h>

int mtx_init(mtx_t *mutex, int type)
{
        if ((type & ~(mtx_recursive | mtx_timed)) != 0)
                return thrd_error;
        *mutex = (mtx_t){.__type = (type & mtx_recursive) != 0 ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL};
        return thrd_success;
}

int mtx_lock(mtx_t *mutex)
{
        return pthread_mutex_lock(mutex) == 0 ? thrd_success : thrd_error;
}

int mtx_timedlock(mtx_t *restrict mutex, const struct timespec *restrict time)
{
        int error = pthread_mutex_timedlock(mutex, time);

        return error == 0 ? thrd_success : error == ETIMEDOUT ? thrd_timedout : thrd_error;
}

int mtx_trylock(mtx_t *mutex)
{
        int error = pthread_mutex_trylock(mutex);

        return error == 0 ? thrd_success : error == EBUSY ? thrd_busy : thrd_error;
}

int mtx_unlock(mtx_t *mutex)
{
        return pthread_mutex_unlock(mutex) == 0 ? thrd_success : thrd_error;
}

void mtx_destroy(mtx_t *mutex)
{
        pthread_mutex_destroy(mutex);
}
