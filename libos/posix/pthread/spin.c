/* Spin locks of POSIX. The holder may be preempted, so who finds one taken gives the CPU away instead of spinning. */
#include <errno.h>
#include <pthread.h>

#include <coracle/sched.h>

int pthread_spin_init(pthread_spinlock_t *lock, int shared)
{
        (void)shared;
        __atomic_store_n(lock, 0, __ATOMIC_RELAXED);
        return 0;
}

int pthread_spin_destroy(pthread_spinlock_t *lock)
{
        (void)lock;
        return 0;
}

int pthread_spin_trylock(pthread_spinlock_t *lock)
{
        return __atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE) == 0 ? 0 : EBUSY;
}

int pthread_spin_lock(pthread_spinlock_t *lock)
{
        while (pthread_spin_trylock(lock) != 0)
                thread_yield();
        return 0;
}

int pthread_spin_unlock(pthread_spinlock_t *lock)
{
        __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
        return 0;
}
