/*
 * Memory mappings (POSIX.1-2024, XSH mmap): anonymous memory is a region of its own; a file of the image that is mapped
 * read-only is the image itself, without a copy. See sys/mman.h for what differs from other systems.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include <coracle/file.h>
#include <coracle/memory.h>

#include <platform.h>

#include "../../fs/tree_memory.h"
#include "../edge.h"

static bool is_aligned(const void *address)
{
        return (uintptr_t)address % PLATFORM_PAGE_SIZE == 0;
}

/* 0 when it would not fit a size_t. */
static size_t round_up(size_t bytes)
{
        return (bytes + PLATFORM_PAGE_SIZE - 1) & ~(PLATFORM_PAGE_SIZE - 1);
}

/* Whether the range lies where regions are: not in the image, which never changes. */
static bool in_regions(const void *address, size_t bytes)
{
        const struct platform_boot *boot = platform_boot_info();
        uintptr_t offset = (uintptr_t)address - (uintptr_t)boot->map_area;
        return offset < boot->map_area_bytes && bytes <= boot->map_area_bytes - offset;
}

static bool in_image_file(const void *address)
{
        return tree_memory_holds != NULL && tree_memory_holds(address);
}

/* New memory, or with MAP_FIXED the memory that an earlier mapping left at `address`, all zero and writable. */
static int anonymous(void *address, size_t bytes, int flags, void **result)
{
        if ((flags & MAP_FIXED) != 0) {
                if (!in_regions(address, bytes) || platform_protect(address, bytes, true) != 0)
                        return -EINVAL;
                memset(address, 0, bytes);
                *result = address;
                return 0;
        }
        *result = region_alloc(bytes, 0);
        return *result == NULL ? -ENOMEM : 0;
}

/* A private copy of a part of a file; what is beyond its end is zero. */
static int copied(struct file *file, void *address, size_t bytes, int flags, off_t offset, void **result)
{
        int error = anonymous(address, bytes, flags, result);
        if (error != 0)
                return error;
        struct iovec vector = {*result, bytes};
        ssize_t got = file->operations->read(file, &vector, 1, offset);
        if (got < 0 && (flags & MAP_FIXED) == 0)
                region_free(*result, bytes, 0);
        return got < 0 ? (int)got : 0;
}

static int map_file(struct file *file, void *address, size_t bytes, int protection, int flags, off_t offset,
                    void **result)
{
        bool writes = (protection & PROT_WRITE) != 0;
        if (offset < 0 || offset % (off_t)PLATFORM_PAGE_SIZE != 0)
                return -EINVAL;
        if ((atomic_load_explicit(&file->flags, memory_order_relaxed) & O_ACCMODE) == O_WRONLY)
                return -EACCES;
        if (file->operations->map == NULL || file->operations->read == NULL)
                return -ENODEV;
        if (writes && (flags & MAP_SHARED) != 0)
                return -EACCES; /* the image cannot change */
        if (writes || (flags & MAP_FIXED) != 0)
                return copied(file, address, bytes, flags, offset, result);
        return file->operations->map(file, offset, bytes, result);
}

static int map(void *address, size_t bytes, int protection, int flags, int descriptor, off_t offset, void **result)
{
        bytes = round_up(bytes);
        bool is_private = (flags & MAP_PRIVATE) != 0;
        bool is_shared = (flags & MAP_SHARED) != 0;
        if (bytes == 0 || is_private == is_shared || ((flags & MAP_FIXED) != 0 && !is_aligned(address)))
                return -EINVAL;
        if ((protection & PROT_EXEC) != 0)
                return -ENOTSUP;
        int error;
        if ((flags & MAP_ANONYMOUS) != 0) {
                error = anonymous(address, bytes, flags, result);
        } else {
                struct file *file = file_lookup(descriptor);
                if (file == NULL)
                        return -EBADF;
                error = map_file(file, address, bytes, protection, flags, offset, result);
                file_put(file);
        }
        if (error == 0 && (protection & PROT_WRITE) == 0 && in_regions(*result, bytes))
                error = platform_protect(*result, bytes, false);
        return error;
}

void *mmap(void *address, size_t bytes, int protection, int flags, int descriptor, off_t offset)
{
        void *result;
        return edge_status(map(address, bytes, protection, flags, descriptor, offset, &result)) == 0 ? result
                                                                                                     : MAP_FAILED;
}

int munmap(void *address, size_t bytes)
{
        bytes = round_up(bytes);
        if (!is_aligned(address) || bytes == 0)
                return edge_status(-EINVAL);
        if (in_image_file(address))
                return 0; /* the image stays where it is */
        return edge_status(in_regions(address, bytes) ? region_free_part(address, bytes) : -EINVAL);
}

int mprotect(void *address, size_t bytes, int protection)
{
        bool writes = (protection & PROT_WRITE) != 0;
        bytes = round_up(bytes);
        if (!is_aligned(address))
                return edge_status(-EINVAL);
        if ((protection & PROT_EXEC) != 0)
                return edge_status(-ENOTSUP);
        if (bytes == 0)
                return 0;
        if (in_image_file(address))
                return edge_status(writes ? -EACCES : 0);
        if (!in_regions(address, bytes))
                return edge_status(-ENOMEM);
        return edge_status(platform_protect(address, bytes, writes) == 0 ? 0 : -ENOMEM);
}

int madvise(void *address, size_t bytes, int advice)
{
        if (!is_aligned(address) || advice < 0)
                return edge_status(-EINVAL);
        if (advice == MADV_DONTNEED && in_regions(address, round_up(bytes)))
                memset(address, 0, round_up(bytes)); /* programs rely on reading zeros afterwards */
        return 0;
}

int posix_madvise(void *address, size_t bytes, int advice)
{
        (void)bytes;
        return !is_aligned(address) || advice < 0 || advice > POSIX_MADV_DONTNEED ? EINVAL : 0;
}

/* Nothing is written back: files that are mapped cannot change. */
int msync(void *address, size_t bytes, int flags)
{
        (void)bytes;
        (void)flags;
        return edge_status(is_aligned(address) ? 0 : -EINVAL);
}

/* All memory is always there. */
int mlock(const void *address, size_t bytes)
{
        (void)address;
        (void)bytes;
        return 0;
}

int munlock(const void *address, size_t bytes)
{
        (void)address;
        (void)bytes;
        return 0;
}

int mlockall(int flags)
{
        (void)flags;
        return 0;
}

int munlockall(void)
{
        return 0;
}
