/* Yielding. */
#include <pthread.h>
#include <sched.h>

#include <coracle/sched.h>

int sched_yield(void)
{
        thread_yield();
        return 0;
}

int pthread_yield(void)
{
        return sched_yield();
}
