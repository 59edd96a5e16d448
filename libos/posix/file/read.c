/* read and readv (POSIX.1-2024, XSH read). */
#include <errno.h>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <coracle/file.h>

#include "../edge.h"
#include "table.h"
#include "vector.h"

ssize_t descriptor_read(int descriptor, const struct iovec *vector, int count, off_t at)
{
        struct file *file = file_lookup(descriptor);
        ssize_t result;
        if (file == NULL)
                return -EBADF;
        if ((atomic_load_explicit(&file->flags, memory_order_relaxed) & O_ACCMODE) == O_WRONLY)
                result = -EBADF;
        else if (file->operations->read == NULL)
                result = -EINVAL;
        else if (at != FILE_AT_OFFSET && file->operations->seek == NULL)
                result = -ESPIPE;
        else
                result = file->operations->read(file, vector, count, at);
        file_put(file);
        return result;
}

ssize_t read(int descriptor, void *buffer, size_t bytes)
{
        struct iovec vector = {buffer, bytes};
        int error = vector_check(&vector, 1);
        return edge_result(error != 0 ? error : descriptor_read(descriptor, &vector, 1, FILE_AT_OFFSET));
}

ssize_t readv(int descriptor, const struct iovec *vector, int count)
{
        int error = vector_check(vector, count);
        return edge_result(error != 0 ? error : descriptor_read(descriptor, vector, count, FILE_AT_OFFSET));
}
