/*
 * Wait queues: the one way in which threads wait.
 *
 * Invariant: a thread whose state is BLOCKED is on exactly one wait queue; who makes it ready takes it off, holding
 * the spinlock that guards the queue. So of a wake and a time-out, one wins and the other sees it.
 */
#include "cpu.h"

#include <errno.h>

void wait_queue_init(struct wait_queue *queue)
{
        list_init(&queue->waiters);
}

void wait_end(struct thread *thread, int result)
{
        list_remove(&thread->link);
        thread->wait_result = result;
        thread_make_ready(thread, true);
}

int wait_queue_wait(struct wait_queue *queue, struct spinlock *lock)
{
        struct thread *thread = cpu_this()->current;
        bool interrupts = lock->interrupts;

        if (queue->waiters.next == NULL)
                wait_queue_init(queue);
        thread->guard = lock;
        thread->state = THREAD_BLOCKED;
        list_append(&queue->waiters, &thread->link);
        spin_unlock_raw(lock);
        cpu_switch();
        spin_lock_raw(lock);
        lock->interrupts = interrupts;
        return thread->wait_result;
}

unsigned wait_queue_wake_one(struct wait_queue *queue)
{
        if (queue->waiters.next == NULL || list_empty(&queue->waiters))
                return 0;
        wait_end(list_entry(list_first(&queue->waiters), struct thread, link), 0);
        return 1;
}

unsigned wait_queue_wake_all(struct wait_queue *queue)
{
        unsigned woken = 0;

        while (wait_queue_wake_one(queue) != 0)
                woken++;
        return woken;
}

bool wait_queue_interrupt(struct thread *thread, struct spinlock *lock)
{
        if (thread->state != THREAD_BLOCKED || thread->guard != lock)
                return false;
        wait_end(thread, -EINTR);
        return true;
}
