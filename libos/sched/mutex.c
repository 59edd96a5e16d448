/*
 * Mutexes. The owner word holds the owner, and two bits: WAITERS, the queue may not be empty, so that unlocking has to
 * look; HANDOFF, somebody was woken and found the mutex taken again, so the next unlock gives it to the first waiter.
 * Without contention locking and unlocking are one atomic operation each.
 */
#include "cpu.h"

#define WAITERS  1ul
#define HANDOFF  2ul
#define OWNER(w) ((struct thread *)((w) & ~(WAITERS | HANDOFF)))

void mutex_init(struct mutex *mutex)
{
        *mutex = (struct mutex){0};
}

struct thread *mutex_owner(const struct mutex *mutex)
{
        return OWNER(atomic_load_explicit(&mutex->owner, memory_order_relaxed));
}

bool mutex_try_lock(struct mutex *mutex)
{
        uintptr_t free = 0;

        return atomic_compare_exchange_strong_explicit(&mutex->owner, &free, (uintptr_t)thread_current(),
                                                       memory_order_acquire, memory_order_relaxed);
}

/* Takes a mutex without an owner, or sets `bits` on a taken one. The mutex's spinlock is held. */
static bool take_or_mark(struct mutex *mutex, uintptr_t self, uintptr_t bits)
{
        uintptr_t word = atomic_load_explicit(&mutex->owner, memory_order_relaxed);

        for (;;) {
                uintptr_t wanted = OWNER(word) == NULL ? word | self : word | bits;

                if (atomic_compare_exchange_weak_explicit(&mutex->owner, &word, wanted, memory_order_acquire,
                                                          memory_order_relaxed))
                        return OWNER(word) == NULL;
        }
}

int mutex_lock_slowly(struct mutex *mutex, uint64_t deadline,
                      int (*sleep)(struct wait_queue *queue, struct spinlock *lock, uint64_t deadline))
{
        uintptr_t self = (uintptr_t)thread_current();
        uintptr_t bits = WAITERS;
        int error = 0;

        spin_lock(&mutex->lock);
        while (!take_or_mark(mutex, self, bits)) {
                error = sleep(&mutex->waiters, &mutex->lock, deadline);
                if (mutex_owner(mutex) == (struct thread *)self) {
                        error = 0; /* handed over */
                        break;
                }
                if (error != 0)
                        break;
                bits = WAITERS | HANDOFF;
        }
        spin_unlock(&mutex->lock);
        return error;
}

static int wait_for_ever(struct wait_queue *queue, struct spinlock *lock, uint64_t deadline)
{
        (void)deadline;
        return wait_queue_wait(queue, lock);
}

void mutex_lock(struct mutex *mutex)
{
        if (!mutex_try_lock(mutex))
                mutex_lock_slowly(mutex, PLATFORM_FOREVER, wait_for_ever);
}

static void unlock_slowly(struct mutex *mutex)
{
        spin_lock(&mutex->lock);

        uintptr_t word = atomic_load_explicit(&mutex->owner, memory_order_relaxed);
        struct list *waiters = &mutex->waiters.waiters;
        bool waiting = waiters->next != NULL && !list_empty(waiters);
        uintptr_t next = 0;

        if (waiting && (word & HANDOFF) != 0)
                next = (uintptr_t)list_entry(list_first(waiters), struct thread, link);
        if (waiting)
                wait_queue_wake_one(&mutex->waiters);
        if (waiting && !list_empty(waiters))
                next |= WAITERS;
        atomic_store_explicit(&mutex->owner, next, memory_order_release);
        spin_unlock(&mutex->lock);
}

void mutex_unlock(struct mutex *mutex)
{
        uintptr_t self = (uintptr_t)thread_current();

        if (!atomic_compare_exchange_strong_explicit(&mutex->owner, &self, 0, memory_order_release,
                                                     memory_order_relaxed))
                unlock_slowly(mutex);
}
