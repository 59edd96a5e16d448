/* write and writev (POSIX.1-2024, XSH write). */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/uio.h>
#include <unistd.h>

#include <coracle/file.h>

#include "../edge.h"
#include "table.h"
#include "vector.h"

ssize_t descriptor_write(int descriptor, const struct iovec *vector, int count, off_t at)
{
        struct file *file = file_lookup(descriptor);
        ssize_t result;
        if (file == NULL)
                return -EBADF;
        if ((atomic_load_explicit(&file->flags, memory_order_relaxed) & O_ACCMODE) == O_RDONLY)
                result = -EBADF;
        else if (file->operations->write == NULL)
                result = -EINVAL;
        else if (at != FILE_AT_OFFSET && file->operations->seek == NULL)
                result = -ESPIPE;
        else
                result = file->operations->write(file, vector, count, at);
        file_put(file);
        return result;
}

ssize_t write(int descriptor, const void *buffer, size_t bytes)
{
        struct iovec vector = {(void *)(uintptr_t)buffer, bytes};
        int error = vector_check(&vector, 1);
        return edge_result(error != 0 ? error : descriptor_write(descriptor, &vector, 1, FILE_AT_OFFSET));
}

ssize_t writev(int descriptor, const struct iovec *vector, int count)
{
        int error = vector_check(vector, count);
        return edge_result(error != 0 ? error : descriptor_write(descriptor, vector, count, FILE_AT_OFFSET));
}
