/*
 * pthread_cancel. A thread says under which spinlock it is about to wait; a cancel takes it off its wait queue under
 * that lock. The lock is named under the thread's own, so it cannot go away while a cancel uses it.
 */
#include <errno.h>

#include "pthread_self.h"

void cancel_point_enter(struct spinlock *lock)
{
        struct pthread *pthread = pthread_this();

        pthread_testcancel();
        if (pthread->cancel_disabled)
                return;
        spin_lock(&pthread->cancel_lock);
        pthread->cancel_point = lock;
        spin_unlock(&pthread->cancel_lock);
}

void cancel_point_leave(bool act)
{
        struct pthread *pthread = pthread_this();

        spin_lock(&pthread->cancel_lock);
        pthread->cancel_point = NULL;
        spin_unlock(&pthread->cancel_lock);
        if (act)
                pthread_testcancel();
}

int pthread_cancel(pthread_t thread)
{
        struct pthread *pthread = pthread_from(thread);

        if (pthread == NULL)
                return ESRCH;
        atomic_store_explicit(&pthread->cancelled, true, memory_order_release);
        spin_lock(&pthread->cancel_lock);
        if (pthread->cancel_point != NULL) {
                spin_lock(pthread->cancel_point);
                wait_queue_interrupt(pthread->thread, pthread->cancel_point);
                spin_unlock(pthread->cancel_point);
        }
        spin_unlock(&pthread->cancel_lock);
        return 0;
}
