/* Semaphores. */
#include <errno.h>
#include <limits.h>
#include <semaphore.h>

#include <platform.h>

#include "../time/clock.h"
#include "../wait/interrupt.h"
#include "pthread_self.h"

struct semaphore {
        struct spinlock lock;
        struct wait_queue queue;
        unsigned value;
};

_Static_assert(sizeof(struct semaphore) == sizeof(sem_t), "semaphore.h");

static struct semaphore *semaphore_of(sem_t *semaphore)
{
        return (struct semaphore *)(void *)semaphore;
}

static int fail(int error)
{
        errno = error;
        return -1;
}

int sem_init(sem_t *semaphore, int shared, unsigned value)
{
        (void)shared; /* one process */
        if (value > SEM_VALUE_MAX)
                return fail(EINVAL);
        *semaphore = (sem_t){.__value = value};
        return 0;
}

int sem_destroy(sem_t *semaphore)
{
        struct semaphore *self = semaphore_of(semaphore);

        spin_lock(&self->lock);

        bool busy = self->queue.waiters.next != NULL && !list_empty(&self->queue.waiters);

        spin_unlock(&self->lock);
        return busy ? fail(EBUSY) : 0;
}

/* From interrupts and timers too. */
int sem_post(sem_t *semaphore)
{
        struct semaphore *self = semaphore_of(semaphore);

        spin_lock(&self->lock);

        bool full = self->value == SEM_VALUE_MAX;

        if (!full) {
                self->value++;
                wait_queue_wake_one(&self->queue);
        }
        spin_unlock(&self->lock);
        return full ? fail(EOVERFLOW) : 0;
}

int sem_trywait(sem_t *semaphore)
{
        struct semaphore *self = semaphore_of(semaphore);

        spin_lock(&self->lock);

        bool taken = self->value != 0;

        if (taken)
                self->value--;
        spin_unlock(&self->lock);
        return taken ? 0 : fail(EAGAIN);
}

static int take(struct semaphore *self, uint64_t deadline)
{
        int error = 0;

        if (cancel_point_enter != NULL)
                cancel_point_enter(&self->lock);
        interruptible_enter(&self->lock);
        spin_lock(&self->lock);
        while (self->value == 0 && error == 0)
                error = interruptible_sleep(&self->queue, &self->lock, deadline, true);
        if (self->value != 0) {
                self->value--;
                error = 0;
        }
        spin_unlock(&self->lock);
        interruptible_leave();
        if (cancel_point_leave != NULL)
                cancel_point_leave(error != 0);
        return error == 0 ? 0 : fail(-error);
}

int sem_wait(sem_t *semaphore)
{
        return take(semaphore_of(semaphore), PLATFORM_FOREVER);
}

int sem_clockwait(sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict time)
{
        uint64_t deadline;
        int before = errno;

        if (sem_trywait(semaphore) == 0) /* even when the time is malformed or over */
                return 0;
        errno = before;

        int error = clock_deadline(clock, time, &deadline);

        return error != 0 ? fail(error) : take(semaphore_of(semaphore), deadline);
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict time)
{
        return sem_clockwait(semaphore, CLOCK_REALTIME, time);
}

int sem_getvalue(sem_t *restrict semaphore, int *restrict value)
{
        *value = (int)__atomic_load_n(&semaphore_of(semaphore)->value, __ATOMIC_RELAXED);
        return 0;
}
