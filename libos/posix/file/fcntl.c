/* fcntl and flock. One process: record locks never conflict, so that setting one always succeeds. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>

#include "../edge.h"
#include "table.h"

/* The flags that F_SETFL changes; POSIX ignores the others. */
#define SETTABLE (O_NONBLOCK | O_APPEND)

static int duplicate(struct file *file, int minimum, bool close_on_exec)
{
        if (minimum < 0 || minimum >= DESCRIPTORS_MAX)
                return -EINVAL;
        file_get(file);
        int result = descriptor_install(file, minimum, close_on_exec);
        if (result < 0)
                file_put(file);
        return result;
}

static int set_flags(struct file *file, int flags)
{
        int old = atomic_load_explicit(&file->flags, memory_order_relaxed);
        while (!atomic_compare_exchange_weak_explicit(&file->flags, &old, (old & ~SETTABLE) | (flags & SETTABLE),
                                                      memory_order_relaxed, memory_order_relaxed))
                continue;
        return 0;
}

int fcntl(int descriptor, int command, ...)
{
        va_list arguments;
        va_start(arguments, command);
        long argument = va_arg(arguments, long);
        va_end(arguments);
        struct file *file = file_lookup(descriptor);
        if (file == NULL)
                return edge_status(-EBADF);
        int result;
        switch (command) {
        case F_DUPFD:
                result = duplicate(file, (int)argument, false);
                break;
        case F_DUPFD_CLOEXEC:
                result = duplicate(file, (int)argument, true);
                break;
        case F_GETFD:
                result = descriptor_close_on_exec(descriptor);
                break;
        case F_SETFD:
                result = descriptor_set_close_on_exec(descriptor, (argument & FD_CLOEXEC) != 0);
                break;
        case F_GETFL:
                result = atomic_load_explicit(&file->flags, memory_order_relaxed);
                break;
        case F_SETFL:
                result = set_flags(file, (int)argument);
                break;
        case F_GETLK:
                ((struct flock *)argument)->l_type = F_UNLCK;
                result = 0;
                break;
        case F_SETLK:
        case F_SETLKW:
        case F_SETOWN:
                result = 0;
                break;
        default:
                result = -EINVAL;
        }
        file_put(file);
        return edge_status(result);
}

int flock(int descriptor, int operation)
{
        (void)operation;
        return edge_status(descriptor_close_on_exec(descriptor) < 0 ? -EBADF : 0);
}
