/* pthread_once. Waiters share one queue: a first call in progress that somebody waits for is rare and short. */
#include <pthread.h>
#include <stdatomic.h>

#include <platform.h>

#include <coracle/sched.h>

enum { NEW, RUNNING, DONE };

static struct spinlock lock;
static struct wait_queue queue;

/* Values of __state change under `lock`; DONE may be seen without. */
static void set(pthread_once_t *once, int state)
{
        spin_lock(&lock);
        __atomic_store_n(&once->__state, state, __ATOMIC_RELEASE);
        wait_queue_wake_all(&queue);
        spin_unlock(&lock);
}

/* The routine was cancelled: the next caller runs it. */
static void give_up(void *once)
{
        set(once, NEW);
}

static bool claim(pthread_once_t *once)
{
        spin_lock(&lock);
        while (once->__state == RUNNING)
                wait_queue_sleep(&queue, &lock, PLATFORM_FOREVER);

        bool claimed = once->__state == NEW;

        if (claimed)
                once->__state = RUNNING;
        spin_unlock(&lock);
        return claimed;
}

int pthread_once(pthread_once_t *once, void (*routine)(void))
{
        if (__atomic_load_n(&once->__state, __ATOMIC_ACQUIRE) == DONE)
                return 0;
        if (claim(once)) {
                pthread_cleanup_push(give_up, once);
                routine();
                pthread_cleanup_pop(0);
                set(once, DONE);
        }
        return 0;
}
