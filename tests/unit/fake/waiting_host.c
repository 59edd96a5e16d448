/* Locks and waiting for one thread on the host: see waiting_host.h. */
#include <stdio.h>
#include <stdlib.h>

#include <coracle/sched.h>
#include <fake/waiting_host.h>

bool (*fake_work)(void);
unsigned fake_sleeps;

static _Noreturn void fail(const char *what)
{
        fprintf(stderr, "%s\n", what);
        abort();
}

void spin_lock(struct spinlock *lock)
{
        if (atomic_flag_test_and_set(&lock->held))
                fail("a lock is taken twice");
}

void spin_unlock(struct spinlock *lock)
{
        if (!atomic_flag_test_and_set(&lock->held))
                fail("a lock is released that was not held");
        atomic_flag_clear(&lock->held);
}

void wait_queue_init(struct wait_queue *queue)
{
        list_init(&queue->waiters);
}

int wait_queue_wait(struct wait_queue *queue, struct spinlock *lock)
{
        (void)queue;
        fake_sleeps++;
        spin_unlock(lock);
        if (fake_work == NULL || !fake_work())
                fail("sleeps for ever");
        spin_lock(lock);
        return 0;
}

unsigned wait_queue_wake_all(struct wait_queue *queue)
{
        (void)queue;
        return 0;
}

void mutex_init(struct mutex *mutex)
{
        mutex->owner = 0;
}

void mutex_lock(struct mutex *mutex)
{
        if (mutex->owner != 0)
                fail("a mutex is taken twice");
        mutex->owner = 1;
}

void mutex_unlock(struct mutex *mutex)
{
        mutex->owner = 0;
}
