/*
 * The console as a file. Output goes out as it is, at once and completely: whoever pipes the guest's console into a
 * file gets the program's bytes and nothing else.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <platform.h>

#include "console.h"

#define BLOCK_BYTES 1024 /* a stdio buffer: the longest line that goes out in one piece */

static ssize_t console_write(struct file *file, const struct iovec *vector, int count, off_t at)
{
        (void)file;
        (void)at;
        ssize_t written = 0;
        for (int i = 0; i < count; i++) {
                platform_console_write(vector[i].iov_base, vector[i].iov_len);
                written += (ssize_t)vector[i].iov_len;
        }
        return written;
}

static int console_stat(struct file *file, struct stat *status)
{
        (void)file;
        status->st_mode = S_IFCHR | 0620;
        status->st_nlink = 1;
        status->st_blksize = BLOCK_BYTES;
        return 0;
}

static const struct file_operations operations = {
        .kind = "console",
        .read = console_read,
        .write = console_write,
        .stat = console_stat,
        .control = console_control,
        .poll = console_poll,
        .poll_source = console_poll_source,
};

/* Never closed for good: there is no close operation, so that it does not matter how many references come and go. */
struct file console_file = {&operations, 3, O_RDWR};
