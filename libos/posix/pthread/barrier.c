/* Barriers. */
#include <errno.h>

#include <platform.h>

#include "pthread_self.h"

struct barrier {
        struct spinlock lock;
        struct wait_queue queue; /* threads that arrived, and a destroyer waiting for them to have left */
        unsigned count, arrived, round, leaving;
};

_Static_assert(sizeof(struct barrier) == sizeof(pthread_barrier_t), "sys/_pthreadtypes.h");

static struct barrier *barrier_of(pthread_barrier_t *barrier)
{
        return (struct barrier *)(void *)barrier;
}

int pthread_barrier_init(pthread_barrier_t *restrict barrier, const pthread_barrierattr_t *restrict attributes,
                         unsigned count)
{
        (void)attributes;
        if (count == 0)
                return EINVAL;
        *barrier = (pthread_barrier_t){.__count = count};
        return 0;
}

/* Threads that passed may still be on their way out: waits for them. */
int pthread_barrier_destroy(pthread_barrier_t *barrier)
{
        struct barrier *self = barrier_of(barrier);

        spin_lock(&self->lock);
        if (self->arrived != 0) {
                spin_unlock(&self->lock);
                return EBUSY;
        }
        while (self->leaving != 0)
                wait_queue_sleep(&self->queue, &self->lock, PLATFORM_FOREVER);
        spin_unlock(&self->lock);
        return 0;
}

int pthread_barrier_wait(pthread_barrier_t *barrier)
{
        struct barrier *self = barrier_of(barrier);
        int result = 0;

        spin_lock(&self->lock);
        if (++self->arrived == self->count) {
                self->arrived = 0;
                self->round++;
                self->leaving += self->count - 1;
                wait_queue_wake_all(&self->queue);
                result = PTHREAD_BARRIER_SERIAL_THREAD;
        } else {
                unsigned round = self->round;

                while (self->round == round)
                        wait_queue_sleep(&self->queue, &self->lock, PLATFORM_FOREVER);
                if (--self->leaving == 0)
                        wait_queue_wake_all(&self->queue); /* a destroyer; arrivals of the next round look and go on */
        }
        spin_unlock(&self->lock);
        return result;
}

int pthread_barrierattr_init(pthread_barrierattr_t *attributes)
{
        *attributes = (pthread_barrierattr_t){0};
        return 0;
}

int pthread_barrierattr_destroy(pthread_barrierattr_t *attributes)
{
        (void)attributes;
        return 0;
}

int pthread_barrierattr_setpshared(pthread_barrierattr_t *attributes, int shared)
{
        if (shared != PTHREAD_PROCESS_PRIVATE && shared != PTHREAD_PROCESS_SHARED)
                return EINVAL;
        attributes->__shared = shared;
        return 0;
}

int pthread_barrierattr_getpshared(const pthread_barrierattr_t *restrict attributes, int *restrict shared)
{
        *shared = attributes->__shared;
        return 0;
}
