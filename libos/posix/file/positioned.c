/*
 * pread, pwrite, preadv and pwritev (POSIX.1-2024, XSH read and write). Files apart from read.c and write.c, because a
 * program that uses them may mean disks (libos/block/file.h).
 */
#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../../block/linked.h"
#include "../edge.h"
#include "table.h"
#include "vector.h"

BLOCK_FILES_ARE_LINKED;

ssize_t preadv(int descriptor, const struct iovec *vector, int count, off_t offset)
{
        int error = offset < 0 ? -EINVAL : vector_check(vector, count);
        return edge_result(error != 0 ? error : descriptor_read(descriptor, vector, count, offset));
}

ssize_t pread(int descriptor, void *buffer, size_t bytes, off_t offset)
{
        return preadv(descriptor, &(struct iovec){buffer, bytes}, 1, offset);
}

ssize_t pwritev(int descriptor, const struct iovec *vector, int count, off_t offset)
{
        int error = offset < 0 ? -EINVAL : vector_check(vector, count);
        return edge_result(error != 0 ? error : descriptor_write(descriptor, vector, count, offset));
}

ssize_t pwrite(int descriptor, const void *buffer, size_t bytes, off_t offset)
{
        return pwritev(descriptor, &(struct iovec){(void *)(uintptr_t)buffer, bytes}, 1, offset);
}
