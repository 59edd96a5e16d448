/* Locks and waiting in one thread: a lock that is taken twice is a mistake, a sleep runs fake_on_sleep. */
#include <errno.h>
#include <stdlib.h>

#include <coracle/sched.h>
#include <fake/no_threads.h>

void (*fake_on_sleep)(void);

void spin_lock(struct spinlock *lock)
{
        if (atomic_flag_test_and_set(&lock->held))
                abort();
}

void spin_unlock(struct spinlock *lock)
{
        atomic_flag_clear(&lock->held);
}

void wait_queue_init(struct wait_queue *queue)
{
        list_init(&queue->waiters);
}

void mutex_lock(struct mutex *mutex)
{
        if (mutex->owner != 0)
                abort();
        mutex->owner = 1;
}

void mutex_unlock(struct mutex *mutex)
{
        mutex->owner = 0;
}

int wait_queue_sleep(struct wait_queue *queue, struct spinlock *lock, uint64_t deadline)
{
        (void)queue;
        (void)deadline;
        if (fake_on_sleep == NULL)
                return -ETIMEDOUT;
        spin_unlock(lock);
        fake_on_sleep();
        spin_lock(lock);
        return 0;
}

int wait_queue_wait(struct wait_queue *queue, struct spinlock *lock)
{
        return wait_queue_sleep(queue, lock, UINT64_MAX);
}

unsigned wait_queue_wake_all(struct wait_queue *queue)
{
        (void)queue;
        return 0;
}

unsigned wait_queue_wake_one(struct wait_queue *queue)
{
        (void)queue;
        return 0;
}
