/* posix_fadvise and posix_fallocate: there is nothing to prefetch, and no file that can grow. */
#include <errno.h>
#include <fcntl.h>

#include "table.h"

int posix_fadvise(int descriptor, off_t offset, off_t bytes, int advice)
{
        (void)offset;
        if (descriptor_close_on_exec(descriptor) < 0)
                return EBADF;
        return bytes < 0 || advice < POSIX_FADV_NORMAL || advice > POSIX_FADV_NOREUSE ? EINVAL : 0;
}

int posix_fallocate(int descriptor, off_t offset, off_t bytes)
{
        (void)offset;
        (void)bytes;
        return descriptor_close_on_exec(descriptor) < 0 ? EBADF : EROFS;
}
