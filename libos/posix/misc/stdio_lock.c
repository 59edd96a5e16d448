/* flockfile and its kin (POSIX.1-2024, XSH flockfile): newlib's own lock of a stream, which its functions take too. */
#include <stdio.h>
#include <sys/lock.h>
#include <sys/reent.h>

extern void __sinit(struct _reent *);

/* The standard streams have their locks only after stdio has started. */
static _LOCK_RECURSIVE_T lock_of(FILE *stream)
{
        if (__stdio_exit_handler == NULL)
                __sinit(_REENT);
        return stream->_lock;
}

void flockfile(FILE *stream)
{
        __lock_acquire_recursive(lock_of(stream));
}

int ftrylockfile(FILE *stream)
{
        return __lock_try_acquire_recursive(lock_of(stream)) != 0 ? 0 : 1;
}

void funlockfile(FILE *stream)
{
        __lock_release_recursive(lock_of(stream));
}
