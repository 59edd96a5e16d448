/* ftruncate (POSIX.1-2024, XSH ftruncate): most files cannot change. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <coracle/file.h>

#include "../edge.h"

int ftruncate(int descriptor, off_t length)
{
        struct file *file = file_lookup(descriptor);
        int result;
        if (file == NULL)
                return edge_status(-EBADF);
        bool writable = (atomic_load_explicit(&file->flags, memory_order_relaxed) & O_ACCMODE) != O_RDONLY;
        if (length < 0 || !writable || file->operations->truncate == NULL)
                result = -EINVAL;
        else
                result = file->operations->truncate(file, length);
        file_put(file);
        return edge_status(result);
}
