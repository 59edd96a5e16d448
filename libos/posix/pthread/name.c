/* Names of threads: crash reports show them. */
#include "pthread_self.h"

#include <errno.h>
#include <string.h>

int pthread_setname_np(pthread_t thread, const char *name)
{
        if (strlen(name) >= THREAD_NAME_MAX)
                return ERANGE;
        thread_set_name(pthread_from(thread)->thread, name);
        return 0;
}

int pthread_getname_np(pthread_t thread, char *name, size_t bytes)
{
        const char *own = thread_name(pthread_from(thread)->thread);

        if (strlen(own) >= bytes)
                return ERANGE;
        strcpy(name, own);
        return 0;
}
