/* sendfile: file data that stays in memory for ever (the image's) goes to a TCP connection without a copy. */
#include <errno.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calls.h"
#include "tcp.h"

#define CHUNK 16384u
#define MOST  (64u * 1024u * 1024u) /* mapped at a time */

/* Returns bytes sent, -ENOTSUP when it must be done by copying, or another negative errno. */
static ssize_t send_mapped(struct file *to, struct file *from, off_t at, size_t count)
{
        void *data;
        if (from->operations->map == NULL || !socket_is_tcp(to))
                return -ENOTSUP;
        if (count > MOST)
                count = MOST;
        if (from->operations->map(from, at, count, &data) != 0)
                return -ENOTSUP;
        struct socket *socket = (struct socket *)(void *)to;
        network_enter();
        ssize_t sent = tcp_socket_send_static(socket, data, count, socket_blocks(socket, 0));
        network_leave();
        return sent;
}

static ssize_t send_copied(struct file *to, struct file *from, off_t at, size_t count)
{
        char *buffer = malloc(CHUNK);
        if (buffer == NULL)
                return -ENOMEM;
        size_t done = 0;
        ssize_t result = 0;
        while (done < count) {
                struct iovec vector = {buffer, count - done < CHUNK ? count - done : CHUNK};
                result = from->operations->read(from, &vector, 1, at + (off_t)done);
                if (result <= 0)
                        break;
                vector.iov_len = (size_t)result;
                result = to->operations->write(to, &vector, 1, FILE_AT_OFFSET);
                if (result <= 0)
                        break;
                done += (size_t)result;
        }
        free(buffer);
        return done != 0 ? (ssize_t)done : result;
}

static ssize_t transfer(struct file *to, struct file *from, off_t *offset, size_t count)
{
        if (to->operations->write == NULL || from->operations->read == NULL || from->operations->seek == NULL)
                return -EINVAL;
        off_t at = offset != NULL ? *offset : from->operations->seek(from, 0, SEEK_CUR);
        struct stat status;
        if (at < 0)
                return offset != NULL ? -EINVAL : (ssize_t)at;
        int error = from->operations->stat != NULL ? from->operations->stat(from, &status) : -EINVAL;
        if (error != 0)
                return error;
        if (at >= status.st_size)
                count = 0;
        else if (count > (size_t)(status.st_size - at))
                count = (size_t)(status.st_size - at);
        ssize_t sent = count == 0 ? 0 : send_mapped(to, from, at, count);
        if (sent == -ENOTSUP)
                sent = send_copied(to, from, at, count);
        off_t next = sent > 0 ? at + sent : at;
        if (offset != NULL)
                *offset = next;
        else
                (void)from->operations->seek(from, next, SEEK_SET);
        return sent;
}

ssize_t sendfile(int to_descriptor, int from_descriptor, off_t *offset, size_t count)
{
        ssize_t result = -EBADF;
        struct file *to = file_lookup(to_descriptor);
        struct file *from = file_lookup(from_descriptor);
        if (to != NULL && from != NULL)
                result = transfer(to, from, offset, count);
        if (to != NULL)
                file_put(to);
        if (from != NULL)
                file_put(from);
        if (result >= 0)
                return result;
        errno = (int)-result;
        return -1;
}
