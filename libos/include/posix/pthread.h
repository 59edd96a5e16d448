/* Threads (POSIX.1-2024, pthread.h), with the common extensions. */
#ifndef _CORACLE_PTHREAD_H
#define _CORACLE_PTHREAD_H

#include <sched.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PTHREAD_CREATE_JOINABLE 0
#define PTHREAD_CREATE_DETACHED 1

#define PTHREAD_MUTEX_NORMAL     0
#define PTHREAD_MUTEX_RECURSIVE  1
#define PTHREAD_MUTEX_ERRORCHECK 2
#define PTHREAD_MUTEX_DEFAULT    PTHREAD_MUTEX_NORMAL
#define PTHREAD_MUTEX_STALLED    0
#define PTHREAD_MUTEX_ROBUST     1

#define PTHREAD_PROCESS_PRIVATE 0
#define PTHREAD_PROCESS_SHARED  1

#define PTHREAD_PRIO_NONE    0
#define PTHREAD_PRIO_INHERIT 1
#define PTHREAD_PRIO_PROTECT 2

#define PTHREAD_INHERIT_SCHED  0
#define PTHREAD_EXPLICIT_SCHED 1
#define PTHREAD_SCOPE_SYSTEM   0
#define PTHREAD_SCOPE_PROCESS  1

#define PTHREAD_CANCEL_ENABLE       0
#define PTHREAD_CANCEL_DISABLE      1
#define PTHREAD_CANCEL_DEFERRED     0
#define PTHREAD_CANCEL_ASYNCHRONOUS 1
#define PTHREAD_CANCELED            ((void *)-1)

#define PTHREAD_BARRIER_SERIAL_THREAD (-1)
#define PTHREAD_NULL                  ((pthread_t)0)

#ifndef PTHREAD_STACK_MIN /* limits.h has them too */
#define PTHREAD_STACK_MIN 16384
#endif
#ifndef PTHREAD_KEYS_MAX
#define PTHREAD_KEYS_MAX 128
#endif
#ifndef PTHREAD_DESTRUCTOR_ITERATIONS
#define PTHREAD_DESTRUCTOR_ITERATIONS 4
#endif

/* clang-format off */
#define PTHREAD_MUTEX_INITIALIZER  { { 0, 0, 0, 0 }, PTHREAD_MUTEX_NORMAL, 0 }
#define PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP  { { 0, 0, 0, 0 }, PTHREAD_MUTEX_RECURSIVE, 0 }
#define PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP { { 0, 0, 0, 0 }, PTHREAD_MUTEX_ERRORCHECK, 0 }
#define PTHREAD_COND_INITIALIZER   { { 0, 0 }, 0, 0 }
#define PTHREAD_RWLOCK_INITIALIZER { 0, { 0, 0 }, { 0, 0 }, 0, 0, 0 }
#define PTHREAD_ONCE_INIT          { 0 }
/* clang-format on */

/* Threads */
int pthread_create(pthread_t *__restrict __id, const pthread_attr_t *__restrict __attributes, void *(*__start)(void *),
                   void *__restrict __argument);
int pthread_join(pthread_t __id, void **__result);
int pthread_tryjoin_np(pthread_t __id, void **__result);
int pthread_timedjoin_np(pthread_t __id, void **__result, const struct timespec *__time);
int pthread_clockjoin_np(pthread_t __id, void **__result, clockid_t __clock, const struct timespec *__time);
int pthread_detach(pthread_t __id);
void pthread_exit(void *__result) __attribute__((__noreturn__));
pthread_t pthread_self(void) __attribute__((__const__));
int pthread_equal(pthread_t __a, pthread_t __b);
#define pthread_equal(a, b) ((a) == (b))
int pthread_setname_np(pthread_t __id, const char *__name);
int pthread_getname_np(pthread_t __id, char *__name, size_t __bytes);
int pthread_getattr_np(pthread_t __id, pthread_attr_t *__attributes);
int pthread_getcpuclockid(pthread_t __id, clockid_t *__clock);
int pthread_yield(void);
int pthread_atfork(void (*__prepare)(void), void (*__parent)(void), void (*__child)(void));
int pthread_getconcurrency(void);
int pthread_setconcurrency(int __level);
int pthread_getschedparam(pthread_t __id, int *__restrict __policy, struct sched_param *__restrict __parameters);
int pthread_setschedparam(pthread_t __id, int __policy, const struct sched_param *__parameters);
int pthread_setschedprio(pthread_t __id, int __priority);
int pthread_setaffinity_np(pthread_t __id, size_t __bytes, const cpu_set_t *__cpus);
int pthread_getaffinity_np(pthread_t __id, size_t __bytes, cpu_set_t *__cpus);

/* Attributes of threads */
int pthread_attr_init(pthread_attr_t *__attributes);
int pthread_attr_destroy(pthread_attr_t *__attributes);
int pthread_attr_setdetachstate(pthread_attr_t *__attributes, int __state);
int pthread_attr_getdetachstate(const pthread_attr_t *__attributes, int *__state);
int pthread_attr_setstacksize(pthread_attr_t *__attributes, size_t __bytes);
int pthread_attr_getstacksize(const pthread_attr_t *__restrict __attributes, size_t *__restrict __bytes);
int pthread_attr_setstack(pthread_attr_t *__attributes, void *__lowest, size_t __bytes);
int pthread_attr_getstack(const pthread_attr_t *__restrict __attributes, void **__restrict __lowest,
                          size_t *__restrict __bytes);
int pthread_attr_setstackaddr(pthread_attr_t *__attributes, void *__address);
int pthread_attr_getstackaddr(const pthread_attr_t *__restrict __attributes, void **__restrict __address);
int pthread_attr_setguardsize(pthread_attr_t *__attributes, size_t __bytes);
int pthread_attr_getguardsize(const pthread_attr_t *__restrict __attributes, size_t *__restrict __bytes);
int pthread_attr_setschedparam(pthread_attr_t *__restrict __attributes, const struct sched_param *__restrict __param);
int pthread_attr_getschedparam(const pthread_attr_t *__restrict __attributes, struct sched_param *__restrict __param);
int pthread_attr_setschedpolicy(pthread_attr_t *__attributes, int __policy);
int pthread_attr_getschedpolicy(const pthread_attr_t *__restrict __attributes, int *__restrict __policy);
int pthread_attr_setinheritsched(pthread_attr_t *__attributes, int __inherit);
int pthread_attr_getinheritsched(const pthread_attr_t *__restrict __attributes, int *__restrict __inherit);
int pthread_attr_setscope(pthread_attr_t *__attributes, int __scope);
int pthread_attr_getscope(const pthread_attr_t *__restrict __attributes, int *__restrict __scope);

/* Mutexes */
int pthread_mutex_init(pthread_mutex_t *__restrict __mutex, const pthread_mutexattr_t *__restrict __attributes);
int pthread_mutex_destroy(pthread_mutex_t *__mutex);
int pthread_mutex_lock(pthread_mutex_t *__mutex);
int pthread_mutex_trylock(pthread_mutex_t *__mutex);
int pthread_mutex_timedlock(pthread_mutex_t *__restrict __mutex, const struct timespec *__restrict __time);
int pthread_mutex_clocklock(pthread_mutex_t *__restrict __mutex, clockid_t __clock,
                            const struct timespec *__restrict __time);
int pthread_mutex_unlock(pthread_mutex_t *__mutex);
int pthread_mutex_consistent(pthread_mutex_t *__mutex);
int pthread_mutexattr_init(pthread_mutexattr_t *__attributes);
int pthread_mutexattr_destroy(pthread_mutexattr_t *__attributes);
int pthread_mutexattr_settype(pthread_mutexattr_t *__attributes, int __type);
int pthread_mutexattr_gettype(const pthread_mutexattr_t *__restrict __attributes, int *__restrict __type);
int pthread_mutexattr_setpshared(pthread_mutexattr_t *__attributes, int __shared);
int pthread_mutexattr_getpshared(const pthread_mutexattr_t *__restrict __attributes, int *__restrict __shared);
int pthread_mutexattr_setrobust(pthread_mutexattr_t *__attributes, int __robust);
int pthread_mutexattr_getrobust(const pthread_mutexattr_t *__restrict __attributes, int *__restrict __robust);
int pthread_mutexattr_setprotocol(pthread_mutexattr_t *__attributes, int __protocol);
int pthread_mutexattr_getprotocol(const pthread_mutexattr_t *__restrict __attributes, int *__restrict __protocol);

/* Condition variables */
int pthread_cond_init(pthread_cond_t *__restrict __cond, const pthread_condattr_t *__restrict __attributes);
int pthread_cond_destroy(pthread_cond_t *__cond);
int pthread_cond_signal(pthread_cond_t *__cond);
int pthread_cond_broadcast(pthread_cond_t *__cond);
int pthread_cond_wait(pthread_cond_t *__restrict __cond, pthread_mutex_t *__restrict __mutex);
int pthread_cond_timedwait(pthread_cond_t *__restrict __cond, pthread_mutex_t *__restrict __mutex,
                           const struct timespec *__restrict __time);
int pthread_cond_clockwait(pthread_cond_t *__restrict __cond, pthread_mutex_t *__restrict __mutex, clockid_t __clock,
                           const struct timespec *__restrict __time);
int pthread_condattr_init(pthread_condattr_t *__attributes);
int pthread_condattr_destroy(pthread_condattr_t *__attributes);
int pthread_condattr_setclock(pthread_condattr_t *__attributes, clockid_t __clock);
int pthread_condattr_getclock(const pthread_condattr_t *__restrict __attributes, clockid_t *__restrict __clock);
int pthread_condattr_setpshared(pthread_condattr_t *__attributes, int __shared);
int pthread_condattr_getpshared(const pthread_condattr_t *__restrict __attributes, int *__restrict __shared);

/* Read-write locks */
int pthread_rwlock_init(pthread_rwlock_t *__restrict __lock, const pthread_rwlockattr_t *__restrict __attributes);
int pthread_rwlock_destroy(pthread_rwlock_t *__lock);
int pthread_rwlock_rdlock(pthread_rwlock_t *__lock);
int pthread_rwlock_tryrdlock(pthread_rwlock_t *__lock);
int pthread_rwlock_timedrdlock(pthread_rwlock_t *__restrict __lock, const struct timespec *__restrict __time);
int pthread_rwlock_clockrdlock(pthread_rwlock_t *__restrict __lock, clockid_t __clock,
                               const struct timespec *__restrict __time);
int pthread_rwlock_wrlock(pthread_rwlock_t *__lock);
int pthread_rwlock_trywrlock(pthread_rwlock_t *__lock);
int pthread_rwlock_timedwrlock(pthread_rwlock_t *__restrict __lock, const struct timespec *__restrict __time);
int pthread_rwlock_clockwrlock(pthread_rwlock_t *__restrict __lock, clockid_t __clock,
                               const struct timespec *__restrict __time);
int pthread_rwlock_unlock(pthread_rwlock_t *__lock);
int pthread_rwlockattr_init(pthread_rwlockattr_t *__attributes);
int pthread_rwlockattr_destroy(pthread_rwlockattr_t *__attributes);
int pthread_rwlockattr_setpshared(pthread_rwlockattr_t *__attributes, int __shared);
int pthread_rwlockattr_getpshared(const pthread_rwlockattr_t *__restrict __attributes, int *__restrict __shared);

/* Barriers */
int pthread_barrier_init(pthread_barrier_t *__restrict __barrier, const pthread_barrierattr_t *__restrict __attributes,
                         unsigned __count);
int pthread_barrier_destroy(pthread_barrier_t *__barrier);
int pthread_barrier_wait(pthread_barrier_t *__barrier);
int pthread_barrierattr_init(pthread_barrierattr_t *__attributes);
int pthread_barrierattr_destroy(pthread_barrierattr_t *__attributes);
int pthread_barrierattr_setpshared(pthread_barrierattr_t *__attributes, int __shared);
int pthread_barrierattr_getpshared(const pthread_barrierattr_t *__restrict __attributes, int *__restrict __shared);

/* Spin locks */
int pthread_spin_init(pthread_spinlock_t *__lock, int __shared);
int pthread_spin_destroy(pthread_spinlock_t *__lock);
int pthread_spin_lock(pthread_spinlock_t *__lock);
int pthread_spin_trylock(pthread_spinlock_t *__lock);
int pthread_spin_unlock(pthread_spinlock_t *__lock);

/* Once, and values of each thread */
int pthread_once(pthread_once_t *__once, void (*__routine)(void));
int pthread_key_create(pthread_key_t *__key, void (*__destructor)(void *));
int pthread_key_delete(pthread_key_t __key);
int pthread_setspecific(pthread_key_t __key, const void *__value);
void *pthread_getspecific(pthread_key_t __key);

/* Cancellation: deferred, at the cancellation points named in docs/porting.md */
int pthread_cancel(pthread_t __id);
int pthread_setcancelstate(int __state, int *__old);
int pthread_setcanceltype(int __type, int *__old);
void pthread_testcancel(void);

struct __pthread_cleanup {
        void (*__routine)(void *);
        void *__argument;
        struct __pthread_cleanup *__outer;
};
void __pthread_cleanup_push(struct __pthread_cleanup *__cleanup);
void __pthread_cleanup_pop(struct __pthread_cleanup *__cleanup, int __execute);
#define pthread_cleanup_push(routine, argument)                                                                        \
        do {                                                                                                           \
                struct __pthread_cleanup __cleanup = {(routine), (argument), 0};                                       \
        __pthread_cleanup_push(&__cleanup)
#define pthread_cleanup_pop(execute)                                                                                   \
        __pthread_cleanup_pop(&__cleanup, (execute));                                                                  \
        }                                                                                                              \
        while (0)

#ifdef __cplusplus
}
#endif

#endif
