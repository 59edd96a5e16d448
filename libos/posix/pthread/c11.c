/* C11 threads: threads, conditions, once, storage (mutexes are in c11_mutex.c). */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

#include <coracle/sched.h>

static int thrd_status(int error)
{
        switch (error) {
        case 0:
                return thrd_success;
        case ETIMEDOUT:
                return thrd_timedout;
        case EBUSY:
                return thrd_busy;
        case ENOMEM:
        case EAGAIN:
                return thrd_nomem;
        default:
                return thrd_error;
        }
}

/* What a new thread needs to know; freed by it. */
struct start {
        thrd_start_t function;
        void *argument;
};

static void *run(void *argument)
{
        struct start start = *(struct start *)argument;

        free(argument);
        return (void *)(intptr_t)start.function(start.argument);
}

int thrd_create(thrd_t *thread, thrd_start_t function, void *argument)
{
        struct start *start = malloc(sizeof(*start));

        if (start == NULL)
                return thrd_nomem;
        *start = (struct start){function, argument};

        int error = pthread_create(thread, NULL, run, start);

        if (error != 0)
                free(start);
        return thrd_status(error);
}

int thrd_equal(thrd_t a, thrd_t b)
{
        return a == b;
}

thrd_t thrd_current(void)
{
        return pthread_self();
}

int thrd_sleep(const struct timespec *duration, struct timespec *remaining)
{
        return clock_nanosleep(CLOCK_MONOTONIC, 0, duration, remaining) == 0 ? 0 : -2;
}

void thrd_yield(void)
{
        thread_yield();
}

void thrd_exit(int result)
{
        pthread_exit((void *)(intptr_t)result);
}

int thrd_detach(thrd_t thread)
{
        return thrd_status(pthread_detach(thread));
}

int thrd_join(thrd_t thread, int *result)
{
        void *value;
        int error = pthread_join(thread, &value);

        if (error == 0 && result != NULL)
                *result = (int)(intptr_t)value;
        return thrd_status(error);
}

int cnd_init(cnd_t *cond)
{
        return thrd_status(pthread_cond_init(cond, NULL));
}

int cnd_signal(cnd_t *cond)
{
        return thrd_status(pthread_cond_signal(cond));
}

int cnd_broadcast(cnd_t *cond)
{
        return thrd_status(pthread_cond_broadcast(cond));
}

int cnd_wait(cnd_t *cond, mtx_t *mutex)
{
        return thrd_status(pthread_cond_wait(cond, mutex));
}

int cnd_timedwait(cnd_t *restrict cond, mtx_t *restrict mutex, const struct timespec *restrict time)
{
        return thrd_status(pthread_cond_timedwait(cond, mutex, time));
}

void cnd_destroy(cnd_t *cond)
{
        pthread_cond_destroy(cond);
}

int tss_create(tss_t *key, tss_dtor_t destructor)
{
        return thrd_status(pthread_key_create(key, destructor));
}

void *tss_get(tss_t key)
{
        return pthread_getspecific(key);
}

int tss_set(tss_t key, void *value)
{
        return thrd_status(pthread_setspecific(key, value));
}

void tss_delete(tss_t key)
{
        pthread_key_delete(key);
}

void call_once(once_flag *once, void (*routine)(void))
{
        pthread_once(once, routine);
}
