/* ioctl: what every descriptor knows; the rest is its file's. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/ioctl.h>

#include "../edge.h"
#include "table.h"

static int control(struct file *file, int descriptor, unsigned long request, void *argument)
{
        switch (request) {
        case FIONBIO:
                if (*(int *)argument != 0)
                        atomic_fetch_or_explicit(&file->flags, O_NONBLOCK, memory_order_relaxed);
                else
                        atomic_fetch_and_explicit(&file->flags, ~O_NONBLOCK, memory_order_relaxed);
                return 0;
        case FIOCLEX:
        case FIONCLEX:
                return descriptor_set_close_on_exec(descriptor, request == FIOCLEX);
        default:
                return file->operations->control == NULL ? -ENOTTY : file->operations->control(file, request, argument);
        }
}

int ioctl(int descriptor, unsigned long request, ...)
{
        va_list arguments;
        va_start(arguments, request);
        void *argument = va_arg(arguments, void *);
        va_end(arguments);
        struct file *file = file_lookup(descriptor);
        if (file == NULL)
                return edge_status(-EBADF);
        int result = control(file, descriptor, request, argument);
        file_put(file);
        return edge_status(result);
}
