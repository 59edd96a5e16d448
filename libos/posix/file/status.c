/* fstat and isatty: what an open file is. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <coracle/file.h>

#include "../console/console.h"
#include "../edge.h"

int fstat(int descriptor, struct stat *status)
{
        struct file *file = file_lookup(descriptor);
        if (file == NULL)
                return edge_status(-EBADF);
        memset(status, 0, sizeof(*status));
        int result = file->operations->stat == NULL ? 0 : file->operations->stat(file, status);
        file_put(file);
        return edge_status(result);
}

/* The console counts as a terminal, so that standard output is line-buffered and a reader sees lines as they come. */
int isatty(int descriptor)
{
        struct file *file = file_lookup(descriptor);
        if (file == NULL) {
                errno = EBADF;
                return 0;
        }
        bool terminal = file->operations == console_file.operations;
        file_put(file);
        if (!terminal)
                errno = ENOTTY;
        return terminal;
}
