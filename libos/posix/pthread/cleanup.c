/* Clean-up handlers: run, last pushed first, when the thread exits or is cancelled. */
#include "pthread_self.h"

void __pthread_cleanup_push(struct __pthread_cleanup *cleanup)
{
        struct pthread *pthread = pthread_this();

        cleanup->__outer = pthread->cleanup;
        pthread->cleanup = cleanup;
}

void __pthread_cleanup_pop(struct __pthread_cleanup *cleanup, int execute)
{
        pthread_this()->cleanup = cleanup->__outer;
        if (execute != 0)
                cleanup->__routine(cleanup->__argument);
}
