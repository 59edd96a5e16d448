/* pthread_kill: a thread can signal itself; there is no way to make another one run a handler. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>

int pthread_kill(pthread_t thread, int signal)
{
        if (signal == 0)
                return 0;
        if (!pthread_equal(thread, pthread_self()))
                return ENOTSUP;
        return raise(signal) == 0 ? 0 : errno;
}
