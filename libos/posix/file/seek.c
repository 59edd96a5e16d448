/* lseek (POSIX.1-2024, XSH lseek). */
#include <errno.h>
#include <unistd.h>

#include <coracle/file.h>

#include "../edge.h"

off_t lseek(int descriptor, off_t offset, int whence)
{
        struct file *file = file_lookup(descriptor);
        if (file == NULL)
                return edge_status(-EBADF);
        off_t result = file->operations->seek == NULL ? -ESPIPE : file->operations->seek(file, offset, whence);
        file_put(file);
        return edge_result(result);
}
