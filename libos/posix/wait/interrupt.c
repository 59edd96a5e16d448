/*
 * Which spinlock the main thread waits under, so that the wait can be ended; see interrupt.h.
 *
 * Invariant: `point` is named and forgotten by the main thread only, under `naming`, which is taken before what it
 * names: so that lock exists while interrupt_main uses it. The two flags are written under `naming`, and by
 * interrupt_main under `point` too where there is one: a main thread that holds it and sees no flag is found waiting.
 */
#include "interrupt.h"

#include <errno.h>
#include <stddef.h>

static struct spinlock naming = SPINLOCK_INIT;
static struct spinlock *point; /* NULL: not in an interruptible wait */
static bool begun;
static bool ran;       /* a handler has */
static bool ran_plain; /* one without SA_RESTART */

static bool is_main(void)
{
        return thread_current() == thread_main();
}

static void forget(void)
{
        ran = false;
        ran_plain = false;
}

void interrupt_begin(void)
{
        if (!is_main())
                return;
        spin_lock(&naming);
        begun = true;
        forget();
        spin_unlock(&naming);
}

void interrupt_end(void)
{
        if (is_main())
                begun = false;
}

void interrupt_enter(struct spinlock *lock)
{
        if (!is_main())
                return;
        spin_lock(&naming);
        point = lock;
        if (!begun)
                forget();
        spin_unlock(&naming);
}

void interrupt_leave(void)
{
        if (!is_main())
                return;
        spin_lock(&naming);
        point = NULL;
        spin_unlock(&naming);
}

int interrupt_sleep(struct wait_queue *queue, struct spinlock *lock, uint64_t deadline, bool restarts)
{
        if (!is_main())
                return wait_queue_sleep(queue, lock, deadline);
        if (restarts ? ran_plain : ran)
                return -EINTR;
        const int error = wait_queue_sleep(queue, lock, deadline);
        /* What was waited for may have happened before the lock was held again: the caller looks, then waits again. */
        return error == -EINTR && ran && restarts && !ran_plain ? 0 : error;
}

void interrupt_main(bool restart)
{
        spin_lock(&naming);
        struct spinlock *lock = point;
        if (lock != NULL)
                spin_lock(lock);
        ran = true;
        ran_plain |= !restart;
        if (lock != NULL) {
                wait_queue_interrupt(thread_main(), lock);
                spin_unlock(lock);
        }
        spin_unlock(&naming);
}
