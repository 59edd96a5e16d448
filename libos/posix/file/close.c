/* close (POSIX.1-2024, XSH close). */
#include <errno.h>
#include <unistd.h>

#include "../edge.h"
#include "table.h"

int close(int descriptor)
{
        struct file *file = descriptor_remove(descriptor);
        if (file == NULL)
                return edge_status(-EBADF);
        file_put(file);
        return 0;
}
