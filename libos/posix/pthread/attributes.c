/* Attributes of threads. */
#include "pthread_self.h"

#include <errno.h>
#include <string.h>

#include <platform.h>

#define STACK_DEFAULT (128 * 1024ul) /* thread_create's */

int pthread_attr_init(pthread_attr_t *attributes)
{
        *attributes = (pthread_attr_t){0};
        return 0;
}

int pthread_attr_destroy(pthread_attr_t *attributes)
{
        (void)attributes;
        return 0;
}

int pthread_attr_setdetachstate(pthread_attr_t *attributes, int state)
{
        if (state != PTHREAD_CREATE_JOINABLE && state != PTHREAD_CREATE_DETACHED)
                return EINVAL;
        attributes->__detached = state;
        return 0;
}

int pthread_attr_getdetachstate(const pthread_attr_t *restrict attributes, int *restrict state)
{
        *state = attributes->__detached;
        return 0;
}

int pthread_attr_setstacksize(pthread_attr_t *attributes, size_t bytes)
{
        if (bytes < PTHREAD_STACK_MIN)
                return EINVAL;
        attributes->__stack_bytes = bytes;
        return 0;
}

int pthread_attr_getstacksize(const pthread_attr_t *restrict attributes, size_t *restrict bytes)
{
        *bytes = attributes->__stack_bytes == 0 ? STACK_DEFAULT : attributes->__stack_bytes;
        return 0;
}

int pthread_attr_setstack(pthread_attr_t *attributes, void *lowest, size_t bytes)
{
        if (bytes < PTHREAD_STACK_MIN || (uintptr_t)lowest % 16 != 0 || bytes % 16 != 0)
                return EINVAL;
        attributes->__stack = lowest;
        attributes->__stack_bytes = bytes;
        return 0;
}

int pthread_attr_getstack(const pthread_attr_t *restrict attributes, void **restrict lowest, size_t *restrict bytes)
{
        *lowest = attributes->__stack;
        return pthread_attr_getstacksize(attributes, bytes);
}

/* Of old: the end from which the stack grows; the size must have been set. */
int pthread_attr_setstackaddr(pthread_attr_t *attributes, void *address)
{
        if (attributes->__stack_bytes == 0)
                return EINVAL;
        return pthread_attr_setstack(attributes, (char *)address - attributes->__stack_bytes,
                                     attributes->__stack_bytes);
}

int pthread_attr_getstackaddr(const pthread_attr_t *restrict attributes, void **restrict address)
{
        *address = attributes->__stack == NULL ? NULL : (char *)attributes->__stack + attributes->__stack_bytes;
        return 0;
}

int pthread_attr_setguardsize(pthread_attr_t *attributes, size_t bytes)
{
        attributes->__guard_bytes = bytes;
        attributes->__guard_is_set = 1;
        return 0;
}

int pthread_attr_getguardsize(const pthread_attr_t *restrict attributes, size_t *restrict bytes)
{
        *bytes = attributes->__guard_is_set ? attributes->__guard_bytes : PLATFORM_PAGE_SIZE;
        return 0;
}

int pthread_getattr_np(pthread_t thread, pthread_attr_t *attributes)
{
        struct pthread *pthread = pthread_from(thread);
        size_t guard_bytes;

        *attributes = (pthread_attr_t){.__guard_is_set = 1};
        thread_stack(pthread->thread, &attributes->__stack, &attributes->__stack_bytes, &guard_bytes);
        attributes->__guard_bytes = guard_bytes;
        attributes->__detached = pthread->detached ? PTHREAD_CREATE_DETACHED : PTHREAD_CREATE_JOINABLE;
        return 0;
}
