/* Whether a thread may be cancelled. Type asynchronous is accepted and acts as deferred: at cancellation points. */
#include <errno.h>

#include "pthread_self.h"

int pthread_setcancelstate(int state, int *old)
{
        struct pthread *pthread = pthread_this();

        if (state != PTHREAD_CANCEL_ENABLE && state != PTHREAD_CANCEL_DISABLE)
                return EINVAL;
        if (old != NULL)
                *old = pthread->cancel_disabled ? PTHREAD_CANCEL_DISABLE : PTHREAD_CANCEL_ENABLE;
        pthread->cancel_disabled = state == PTHREAD_CANCEL_DISABLE;
        return 0;
}

int pthread_setcanceltype(int type, int *old)
{
        if (type != PTHREAD_CANCEL_DEFERRED && type != PTHREAD_CANCEL_ASYNCHRONOUS)
                return EINVAL;
        if (old != NULL)
                *old = PTHREAD_CANCEL_DEFERRED;
        return 0;
}

void pthread_testcancel(void)
{
        struct pthread *pthread = pthread_this();

        if (atomic_load_explicit(&pthread->cancelled, memory_order_acquire) && !pthread->cancel_disabled)
                pthread_exit(PTHREAD_CANCELED);
}
