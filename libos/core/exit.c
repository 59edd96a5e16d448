/*
 * The end of a program (ISO C 7.22.4.4): handlers, destructors, standard streams, then the machine.
 *
 * newlib's parts are referenced weakly: a program that registers no handler and uses no stdio links neither.
 */
#include <stddef.h>
#include <stdlib.h>
#include <sys/reent.h>
#include <unistd.h>

#include <platform.h>

extern void __call_exitprocs(int status, void *dso) __attribute__((weak));
#pragma weak __stdio_exit_handler
extern void (*const __fini_array_start[])(void) __attribute__((weak));
extern void (*const __fini_array_end[])(void) __attribute__((weak));

void exit(int status)
{
        if (__call_exitprocs != NULL)
                __call_exitprocs(status, NULL);
        for (void (*const *fini)(void) = __fini_array_end; fini != __fini_array_start;)
                (*--fini)();
        if (&__stdio_exit_handler != NULL && __stdio_exit_handler != NULL)
                __stdio_exit_handler();
        _exit(status);
}

void _exit(int status)
{
        platform_exit(status & 0xff);
}
