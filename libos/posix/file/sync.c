/* fsync, fdatasync and sync: disks may have caches (libos/block/file.h); nothing else is buffered on its way. */
#include <errno.h>
#include <unistd.h>

#include <coracle/file.h>

#include "../../block/file.h"
#include "../../block/linked.h"
#include "../edge.h"

BLOCK_FILES_ARE_LINKED;

int fsync(int descriptor)
{
        struct file *file = file_lookup(descriptor);
        if (file == NULL)
                return edge_status(-EBADF);
        int result = file->operations->sync == NULL ? -EINVAL : file->operations->sync(file);
        file_put(file);
        return edge_status(result);
}

int fdatasync(int descriptor)
{
        return fsync(descriptor);
}

void sync(void)
{
        block_file_sync_all();
}
