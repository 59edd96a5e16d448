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

static void make_ready(struct thread *thread, int result)
{
        list_remove(&thread->link);
        thread->wait_result = result;
        thread_make_ready(thread, true);
}

static void timed_out(void *ctx)
{
        struct thread *thread = ctx;
        struct spinlock *guard = thread->guard;

        spin_lock_raw(guard);
        if (thread->state == THREAD_BLOCKED)
                make_ready(thread, -ETIMEDOUT);
        spin_unlock_raw(guard);
}

int wait_queue_sleep(struct wait_queue *queue, struct spinlock *lock, uint64_t deadline)
{
        struct thread *thread = cpu_this()->current;
        bool interrupts = lock->interrupts;

        if (queue->waiters.next == NULL)
                wait_queue_init(queue);
        thread->guard = lock;
        thread->state = THREAD_BLOCKED;
        list_append(&queue->waiters, &thread->link);
        if (deadline != PLATFORM_FOREVER) {
                timer_init(&thread->timeout, timed_out, thread);
                timer_start_unarmed(&thread->timeout, deadline);
        }
        spin_unlock_raw(lock);
        cpu_switch();
        if (deadline != PLATFORM_FOREVER)
                timer_cancel(&thread->timeout); /* not under the lock, which timed_out takes */
        spin_lock_raw(lock);
        lock->interrupts = interrupts;
        return thread->wait_result;
}

unsigned wait_queue_wake_one(struct wait_queue *queue)
{
        if (queue->waiters.next == NULL || list_empty(&queue->waiters))
                return 0;
        make_ready(list_entry(list_first(&queue->waiters), struct thread, link), 0);
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
        make_ready(thread, -EINTR);
        return true;
}
