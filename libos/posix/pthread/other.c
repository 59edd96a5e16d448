/* pthread.h's functions about what does not exist here: forks, clocks of threads. */
#include <errno.h>
#include <pthread.h>

/* Handlers of a fork that never comes. */
int pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
        (void)prepare;
        (void)parent;
        (void)child;
        return 0;
}

int pthread_getcpuclockid(pthread_t thread, clockid_t *clock)
{
        (void)thread;
        (void)clock;
        return ENOENT; /* POSIX: the system has no CPU-time clocks */
}
