/*
 * Threads of POSIX: create, join, detach, exit.
 *
 * A struct pthread outlives its thread until somebody has joined it. A detached one is put on a list when it ends and
 * freed by the next pthread_create, once its stack is out of use: the thread itself cannot, it still runs.
 */
#include "../wait/hears_requests.h"
#include "pthread_self.h"

#include <errno.h>
#include <stdlib.h>
#include <reent.h>

#include <platform.h>

#include "../time/clock.h"

static struct pthread main_pthread = {.static_storage = true};
static _Thread_local struct pthread *self;
static atomic_uint alive = 1; /* threads of the program, the main one included */

static struct spinlock finished_lock;
static struct pthread *finished; /* detached and ended */

struct pthread *pthread_this(void)
{
        if (self == NULL) {
                if (thread_current() == thread_main()) {
                        self = &main_pthread;
                } else {
                        self = calloc(1, sizeof(*self));
                        if (self == NULL)
                                platform_crash("no memory to give a thread of the library OS a pthread_t");
                }
                self->thread = thread_current();
        }
        return self;
}

pthread_t pthread_self(void)
{
        return (pthread_t)pthread_this();
}

static void free_finished(void)
{
        spin_lock(&finished_lock);
        for (struct pthread **link = &finished; *link != NULL;) {
                struct pthread *pthread = *link;

                if (!atomic_load_explicit(&pthread->reaped, memory_order_acquire)) {
                        link = &pthread->next_finished;
                        continue;
                }
                *link = pthread->next_finished;
                spin_unlock(&finished_lock); /* free sleeps */
                free(pthread);
                spin_lock(&finished_lock);
                link = &finished;
        }
        spin_unlock(&finished_lock);
}

static void put_finished(struct pthread *pthread)
{
        if (pthread->static_storage)
                return;
        spin_lock(&finished_lock);
        pthread->next_finished = finished;
        finished = pthread;
        spin_unlock(&finished_lock);
}

static void reaped(void *ctx)
{
        struct pthread *pthread = ctx;

        atomic_store_explicit(&pthread->reaped, true, memory_order_release);
}

void pthread_exit(void *result)
{
        struct pthread *pthread = pthread_this();

        pthread->cancel_disabled = true; /* exiting once is enough */
        while (pthread->cleanup != NULL) {
                struct __pthread_cleanup *cleanup = pthread->cleanup;

                pthread->cleanup = cleanup->__outer;
                cleanup->__routine(cleanup->__argument);
        }
        if (keys_destroy != NULL)
                keys_destroy();
        if (atomic_fetch_sub_explicit(&alive, 1, memory_order_acq_rel) == 1)
                exit(0);      /* the last thread ends the program */
        _reclaim_reent(NULL); /* what newlib's functions keep for this thread */
        spin_lock(&pthread->lock);
        pthread->result = result;
        pthread->ended = true;
        if (pthread->detached)
                put_finished(pthread);
        wait_queue_wake_all(&pthread->joiners);
        thread_exit_locked(&pthread->lock);
}

static void run(void *argument)
{
        self = argument;
        self->thread = thread_current();
        pthread_exit(self->start(self->argument));
}

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes, void *(*start)(void *),
                   void *restrict argument)
{
        free_finished();

        struct pthread *pthread = calloc(1, sizeof(*pthread));

        if (pthread == NULL)
                return EAGAIN;
        pthread->start = start;
        pthread->argument = argument;

        struct thread_options options = {
                .name = thread_name(thread_current()), .reaped = reaped, .reaped_ctx = pthread};

        if (attributes != NULL) {
                options.stack_bytes = attributes->__stack_bytes;
                options.guard_bytes = attributes->__guard_bytes;
                options.no_guard = attributes->__guard_is_set && attributes->__guard_bytes == 0;
                options.stack = attributes->__stack;
                pthread->detached = attributes->__detached == PTHREAD_CREATE_DETACHED;
        }
        *thread = (pthread_t)pthread; /* before it runs: POSIX lets the new thread read it */
        atomic_fetch_add_explicit(&alive, 1, memory_order_relaxed);
        if (thread_create(&pthread->thread, &options, run, pthread) != 0) {
                atomic_fetch_sub_explicit(&alive, 1, memory_order_relaxed);
                free(pthread);
                return EAGAIN;
        }
        return 0;
}

/* Waits for the end; pthread->joined is this caller's claim on it. */
static int wait_for_end(struct pthread *pthread, uint64_t deadline)
{
        int error = 0;

        if (cancel_point_enter != NULL)
                cancel_point_enter(&pthread->lock);
        spin_lock(&pthread->lock);
        if (pthread->detached || pthread->joined) {
                error = -EINVAL;
        } else {
                pthread->joined = true;
                while (!pthread->ended && error == 0)
                        error = wait_queue_sleep(&pthread->joiners, &pthread->lock, deadline);
                if (pthread->ended)
                        error = 0;
                else
                        pthread->joined = false;
        }
        spin_unlock(&pthread->lock);
        if (cancel_point_leave != NULL)
                cancel_point_leave(error != 0);
        return -error;
}

static int join(pthread_t thread, void **result, uint64_t deadline)
{
        struct pthread *pthread = pthread_from(thread);

        if (pthread == NULL)
                return ESRCH;
        if (pthread == pthread_this())
                return EDEADLK;

        int error = wait_for_end(pthread, deadline);

        if (error != 0)
                return error;
        if (result != NULL)
                *result = pthread->result;
        while (!atomic_load_explicit(&pthread->reaped, memory_order_acquire))
                thread_yield(); /* another CPU is leaving its stack this very moment */
        if (!pthread->static_storage)
                free(pthread);
        return 0;
}

int pthread_join(pthread_t thread, void **result)
{
        return join(thread, result, PLATFORM_FOREVER);
}

int pthread_clockjoin_np(pthread_t thread, void **result, clockid_t clock, const struct timespec *time)
{
        uint64_t deadline;
        int error = clock_deadline(clock, time, &deadline);

        return error != 0 ? error : join(thread, result, deadline);
}

int pthread_timedjoin_np(pthread_t thread, void **result, const struct timespec *time)
{
        return pthread_clockjoin_np(thread, result, CLOCK_REALTIME, time);
}

int pthread_tryjoin_np(pthread_t thread, void **result)
{
        struct pthread *pthread = pthread_from(thread);

        spin_lock(&pthread->lock);

        bool ended = pthread->ended;

        spin_unlock(&pthread->lock);
        return ended ? pthread_join(thread, result) : EBUSY;
}

int pthread_detach(pthread_t thread)
{
        struct pthread *pthread = pthread_from(thread);
        int error = 0;

        if (pthread == NULL)
                return ESRCH;
        spin_lock(&pthread->lock);
        if (pthread->detached || pthread->joined)
                error = EINVAL;
        else if (pthread->ended)
                put_finished(pthread);
        pthread->detached = true;
        spin_unlock(&pthread->lock);
        return error;
}

#undef pthread_equal
int pthread_equal(pthread_t a, pthread_t b)
{
        return a == b;
}
