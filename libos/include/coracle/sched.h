/*
 * Threads, and the one primitive by which they wait.
 *
 * Three contexts run library-OS code: threads (may sleep), interrupt handlers and timer callbacks (interrupts
 * disabled, may not sleep). A spinlock is taken for a few instructions and disables interrupts; a mutex is taken for
 * longer and sleeps. Every structure here is written for several CPUs.
 */
#ifndef CORACLE_SCHED_H
#define CORACLE_SCHED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <coracle/list.h>

/* ---- Spinlock: disables interrupts while held. Zero-initialised is unlocked. Unlock in the reverse order. ---- */
struct spinlock {
        atomic_flag held;
        bool interrupts; /* state to restore, owned by the holder */
};
#define SPINLOCK_INIT                                                                                                  \
        {                                                                                                              \
                .interrupts = false                                                                                    \
        }
void spin_lock(struct spinlock *lock);
void spin_unlock(struct spinlock *lock);

/*
 * ---- Wait queue: always used under a spinlock that also guards the condition waited for. Zero-initialised is empty.
 * ----
 */
struct wait_queue {
        struct list waiters; /* first come, first woken */
};
#define WAIT_QUEUE_INIT(name)                                                                                          \
        {                                                                                                              \
                LIST_INIT((name).waiters)                                                                              \
        }
struct thread;
void wait_queue_init(struct wait_queue *queue);

/*
 * Sleeps until woken or until `deadline` (monotonic nanoseconds, PLATFORM_FOREVER for none). The caller is a thread
 * and holds `lock`, which is released while it sleeps and held again on return.
 * Returns 0 when woken, -ETIMEDOUT when the deadline passed first, -EINTR after wait_queue_interrupt. Wakes are never
 * lost and never spurious, but the condition may have changed again by the time the thread runs. Callers loop.
 */
int wait_queue_sleep(struct wait_queue *queue, struct spinlock *lock, uint64_t deadline);

/* The same without a deadline: a program that never waits for time links no clock and no timers. */
int wait_queue_wait(struct wait_queue *queue, struct spinlock *lock);

/* Wake the longest waiter, or all. The lock of the sleepers is held. From any context. Return how many were woken. */
unsigned wait_queue_wake_one(struct wait_queue *queue);
unsigned wait_queue_wake_all(struct wait_queue *queue);

/*
 * When `thread` waits in a queue that `lock`, which is held, guards, ends its wait: its wait_queue_sleep returns
 * -EINTR. Returns whether it did.
 */
bool wait_queue_interrupt(struct thread *thread, struct spinlock *lock);

/* ---- Mutex: sleeps; not recursive. Threads only. Zero-initialised is unlocked. ---- */
struct mutex {
        _Atomic uintptr_t owner; /* the owning thread and two flag bits, see mutex.c */
        struct spinlock lock;
        struct wait_queue waiters;
};
#define MUTEX_INIT(name)                                                                                               \
        {                                                                                                              \
                0, SPINLOCK_INIT, WAIT_QUEUE_INIT((name).waiters)                                                      \
        }
void mutex_init(struct mutex *mutex);
void mutex_lock(struct mutex *mutex);
bool mutex_try_lock(struct mutex *mutex);
/* Returns 0, -ETIMEDOUT. */
int mutex_lock_until(struct mutex *mutex, uint64_t deadline);
/* The caller is the owner. */
void mutex_unlock(struct mutex *mutex);
/* NULL: unlocked. What another thread owns may change at any time. */
struct thread *mutex_owner(const struct mutex *mutex);

/* ---- Threads ---- */
#define THREAD_NAME_MAX   16
#define THREAD_TIME_SLICE 5000000 /* nanoseconds that a thread computes while others want to */

struct thread_options {
        const char *name;   /* copied, cut to THREAD_NAME_MAX - 1 */
        size_t stack_bytes; /* 0: the default */
        size_t guard_bytes; /* 0: one page */
        void *stack; /* NULL: allocated; else the lowest address of stack_bytes of the caller's memory, no guard */
        bool no_guard;
        void (*reaped)(void *ctx); /* called, interrupts disabled, when the thread has ended and left its stack */
        void *reaped_ctx;
};

/*
 * Creates a runnable thread with its own stack, guard page and thread-local storage. Returns 0, -EAGAIN (no memory).
 * When entry returns the thread ends. `options` may be NULL. Detached unless thread_join is called by somebody: see
 * libos/posix/pthread for joining.
 */
int thread_create(struct thread **thread, const struct thread_options *options, void (*entry)(void *), void *argument);

struct thread *thread_current(void);
struct thread *thread_main(void);
_Noreturn void thread_exit(void);
/* Ends the thread and releases `lock`, which it holds, in one step: no other thread sees one without the other. */
_Noreturn void thread_exit_locked(struct spinlock *lock);
void thread_yield(void);
const char *thread_name(const struct thread *thread);
void thread_set_name(struct thread *thread, const char *name);
/* The thread's stack with what is kept at its top, and the size of the guard below it. */
void thread_stack(const struct thread *thread, void **lowest, size_t *bytes, size_t *guard_bytes);
unsigned thread_count(void);

/* Sleeps until the monotonic clock shows `deadline`. Accurate to the hypervisor's timer, never early. */
void thread_sleep_until(uint64_t deadline);

#endif
