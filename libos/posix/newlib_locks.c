/*
 * newlib's locks (sys/lock.h, "retargetable locking"): of malloc, stdio, the environment, atexit, ...
 *
 * newlib calls the two families of functions for plain and for recursive locks; here every lock counts its owner's
 * depth, which plain ones never use.
 */
#include <stdbool.h>
#include <stdlib.h>

#include <sys/lock.h>

#include <coracle/sched.h>

struct __lock {
        struct mutex mutex;
        unsigned depth; /* the owner's further acquisitions */
};

/* The locks that newlib expects to exist; all zero is unlocked. */
struct __lock __lock___sfp_recursive_mutex;
struct __lock __lock___atexit_recursive_mutex;
struct __lock __lock___at_quick_exit_mutex;
struct __lock __lock___malloc_recursive_mutex;
struct __lock __lock___env_recursive_mutex;
struct __lock __lock___tz_mutex;
struct __lock __lock___dd_hash_mutex;
struct __lock __lock___arc4random_mutex;

/* Locks of the first streams, stdin, stdout and stderr among them: a program that only prints allocates none. */
#define STATIC_LOCKS 4
static struct __lock static_locks[STATIC_LOCKS];
static atomic_uint static_locks_used;

static bool is_static(const struct __lock *lock)
{
        return lock >= static_locks && lock < static_locks + STATIC_LOCKS;
}

void __retarget_lock_init(_LOCK_T *lock)
{
        unsigned used = atomic_load_explicit(&static_locks_used, memory_order_relaxed);

        if (used < STATIC_LOCKS) {
                used = atomic_fetch_add_explicit(&static_locks_used, 1, memory_order_relaxed);
                if (used < STATIC_LOCKS) {
                        *lock = &static_locks[used];
                        return;
                }
        }
        *lock = calloc(1, sizeof(struct __lock));
        if (*lock == NULL)
                abort(); /* newlib has no way to be told */
}

void __retarget_lock_init_recursive(_LOCK_T *lock)
{
        __retarget_lock_init(lock);
}

void __retarget_lock_close(_LOCK_T lock)
{
        if (!is_static(lock))
                free(lock);
}

void __retarget_lock_close_recursive(_LOCK_T lock)
{
        __retarget_lock_close(lock);
}

/* Whether the caller has the lock already; then once more. */
static bool again(_LOCK_T lock)
{
        if (mutex_owner(&lock->mutex) != thread_current())
                return false;
        lock->depth++;
        return true;
}

int __retarget_lock_try_acquire_recursive(_LOCK_T lock)
{
        return again(lock) || mutex_try_lock(&lock->mutex);
}

int __retarget_lock_try_acquire(_LOCK_T lock)
{
        return mutex_try_lock(&lock->mutex);
}

void __retarget_lock_acquire_recursive(_LOCK_T lock)
{
        if (!again(lock))
                mutex_lock(&lock->mutex);
}

void __retarget_lock_acquire(_LOCK_T lock)
{
        mutex_lock(&lock->mutex);
}

void __retarget_lock_release_recursive(_LOCK_T lock)
{
        if (lock->depth != 0)
                lock->depth--;
        else
                mutex_unlock(&lock->mutex);
}

void __retarget_lock_release(_LOCK_T lock)
{
        mutex_unlock(&lock->mutex);
}
