/*
 * Waits that a signal interrupts (EINTR). Only the main thread's are: handlers of signals from outside run in a thread
 * of their own, and the main thread is the one that programs expect them to interrupt.
 *
 * The functions of interrupt.c are weak: without signals nothing interrupts, and interruptible_sleep is
 * wait_queue_sleep.
 */
#ifndef CORACLE_POSIX_INTERRUPT_H
#define CORACLE_POSIX_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

#include <coracle/sched.h>

/*
 * begin: from now on a handler that runs is remembered, until the next interrupt_end. For calls that change the mask of
 * signals before they wait; others need not call it.
 */
void interrupt_begin(void) __attribute__((weak));
void interrupt_end(void) __attribute__((weak));

/* The caller, a thread that holds no spinlock, is going to wait under `lock`; and is back. */
void interrupt_enter(struct spinlock *lock) __attribute__((weak));
void interrupt_leave(void) __attribute__((weak));

/* wait_queue_sleep, but -EINTR too when a handler has run since interrupt_enter. See interruptible_sleep. */
int interrupt_sleep(struct wait_queue *queue, struct spinlock *lock, uint64_t deadline, bool restarts)
        __attribute__((weak));

/* A handler has run: ends the wait of the main thread. restart: but not that of calls which SA_RESTART restarts. */
void interrupt_main(bool restart);

static inline void interruptible_enter(struct spinlock *lock)
{
        if (interrupt_enter != NULL)
                interrupt_enter(lock);
}

static inline void interruptible_leave(void)
{
        if (interrupt_leave != NULL)
                interrupt_leave();
}

/*
 * Between the two: wait_queue_sleep that returns -EINTR when a signal interrupts the wait. restarts: the call is one
 * that goes on when the handler was installed with SA_RESTART (reads and writes, not waits for time or readiness).
 */
static inline int interruptible_sleep(struct wait_queue *queue, struct spinlock *lock, uint64_t deadline, bool restarts)
{
        return interrupt_sleep != NULL ? interrupt_sleep(queue, lock, deadline, restarts)
                                       : wait_queue_sleep(queue, lock, deadline);
}

#endif
