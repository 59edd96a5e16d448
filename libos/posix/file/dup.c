/* dup, dup2 and dup3 (POSIX.1-2024, XSH dup). */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "../edge.h"
#include "table.h"

int dup(int descriptor)
{
        struct file *file = file_lookup(descriptor);
        if (file == NULL)
                return edge_status(-EBADF);
        int result = file_install(file, 0);
        if (result < 0)
                file_put(file);
        return edge_status(result);
}

/* Gives `descriptor`'s file a second descriptor, closing what was there. */
static int duplicate(int descriptor, int to, bool close_on_exec)
{
        struct file *file = file_lookup(descriptor);
        struct file *old;
        if (file == NULL)
                return -EBADF;
        int result = descriptor_replace(to, file, close_on_exec, &old);
        if (result < 0)
                file_put(file);
        if (old != NULL)
                file_put(old);
        return result;
}

int dup2(int descriptor, int to)
{
        if (descriptor == to && descriptor_close_on_exec(descriptor) >= 0)
                return to;
        return edge_status(duplicate(descriptor, to, false));
}

int dup3(int descriptor, int to, int flags)
{
        if (descriptor == to || (flags & ~O_CLOEXEC) != 0)
                return edge_status(-EINVAL);
        return edge_status(duplicate(descriptor, to, (flags & O_CLOEXEC) != 0));
}
