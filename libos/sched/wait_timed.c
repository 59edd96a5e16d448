/* Waits that end at a deadline: see wait_queue.c for the invariant. */
#include "cpu.h"

#include <errno.h>

static void timed_out(void *ctx)
{
        struct thread *thread = ctx;
        struct spinlock *guard = thread->guard;

        spin_lock_raw(guard);
        if (thread->state == THREAD_BLOCKED)
                wait_end(thread, -ETIMEDOUT);
        spin_unlock_raw(guard);
}

int wait_queue_sleep(struct wait_queue *queue, struct spinlock *lock, uint64_t deadline)
{
        struct thread *thread = cpu_this()->current;

        if (deadline == PLATFORM_FOREVER)
                return wait_queue_wait(queue, lock);
        /* The lock is held, so interrupts are disabled and another CPU's time-out waits until the thread does. */
        thread->guard = lock;
        timer_init(&thread->timeout, timed_out, thread);
        timer_start_unarmed(&thread->timeout, deadline);

        int result = wait_queue_wait(queue, lock);

        if (result != -ETIMEDOUT) {
                bool interrupts = lock->interrupts;

                spin_unlock_raw(lock); /* timed_out takes it */
                timer_cancel(&thread->timeout);
                spin_lock_raw(lock);
                lock->interrupts = interrupts;
        }
        return result;
}

void thread_sleep_until(uint64_t deadline)
{
        struct spinlock lock = SPINLOCK_INIT;
        struct wait_queue queue = WAIT_QUEUE_INIT(queue);

        spin_lock(&lock);
        while (platform_clock_monotonic() < deadline)
                wait_queue_sleep(&queue, &lock, deadline);
        spin_unlock(&lock);
}
