/*
 * pipe and pipe2 (POSIX.1-2024, XSH pipe): a ring of bytes between two files.
 *
 * Invariant, under `lock`: `used` bytes from `head` on, modulo PIPE_BYTES, have been written and not read. An end is
 * open until its file is closed; the pipe is freed by the end that closes last. Writing without a reader is EPIPE and
 * no signal.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../edge.h"
#include "../file/table.h"
#include "../file/vector.h"

#include <platform.h>

#include "interrupt.h"

#define PIPE_BYTES  16384u
#define PIPE_ATOMIC 4096u /* writes of up to this many bytes are not split (PIPE_BUF) */

struct end {
        struct file file;
        struct poll_source source;
        bool open;
};

struct pipe {
        struct end reader, writer;
        struct spinlock lock;
        struct wait_queue readers, writers;
        size_t head, used;
        char ring[PIPE_BYTES];
};

static struct pipe *pipe_of_reader(struct file *file)
{
        return list_entry(file, struct pipe, reader.file);
}

static struct pipe *pipe_of_writer(struct file *file)
{
        return list_entry(file, struct pipe, writer.file);
}

static bool must_not_block(struct file *file)
{
        return (atomic_load_explicit(&file->flags, memory_order_relaxed) & O_NONBLOCK) != 0;
}

/* Moves bytes out of the ring. The lock is held. */
static size_t take(struct pipe *pipe, const struct iovec *vector, int count)
{
        struct vector_cursor cursor = vector_start(vector, count);
        size_t taken = 0;
        while (pipe->used != 0) {
                size_t run = PIPE_BYTES - pipe->head < pipe->used ? PIPE_BYTES - pipe->head : pipe->used;
                size_t moved = vector_fill(&cursor, pipe->ring + pipe->head, run);
                pipe->head = (pipe->head + moved) % PIPE_BYTES;
                pipe->used -= moved;
                taken += moved;
                if (moved != run)
                        break;
        }
        return taken;
}

/* Moves bytes into the ring, as many as there is room for. The lock is held. */
static size_t give(struct pipe *pipe, struct vector_cursor *cursor)
{
        size_t given = 0;
        while (pipe->used != PIPE_BYTES) {
                size_t tail = (pipe->head + pipe->used) % PIPE_BYTES;
                size_t room = PIPE_BYTES - pipe->used;
                size_t run = PIPE_BYTES - tail < room ? PIPE_BYTES - tail : room;
                size_t moved = vector_drain(cursor, pipe->ring + tail, run);
                pipe->used += moved;
                given += moved;
                if (moved != run)
                        break;
        }
        return given;
}

static ssize_t pipe_read(struct file *file, const struct iovec *vector, int count, off_t at)
{
        struct pipe *pipe = pipe_of_reader(file);
        ssize_t result = 0;
        (void)at;
        if (vector_bytes(vector, count) == 0)
                return 0;
        interruptible_enter(&pipe->lock);
        spin_lock(&pipe->lock);
        while (pipe->used == 0 && pipe->writer.open && result == 0) {
                if (must_not_block(file))
                        result = -EAGAIN;
                else
                        result = interruptible_sleep(&pipe->readers, &pipe->lock, PLATFORM_FOREVER, true);
        }
        if (result == 0)
                result = (ssize_t)take(pipe, vector, count);
        if (pipe->used != 0)
                wait_queue_wake_one(&pipe->readers);
        wait_queue_wake_all(&pipe->writers);
        spin_unlock(&pipe->lock);
        interruptible_leave();
        if (result > 0)
                poll_notify(&pipe->writer.source, POLLOUT | POLLWRNORM);
        return result;
}

/* Waits until a write of `bytes` may begin or go on. The lock is held. Returns 0, -EPIPE, -EAGAIN, -EINTR. */
static int wait_for_room(struct pipe *pipe, size_t bytes, bool block)
{
        size_t needed = bytes <= PIPE_ATOMIC ? bytes : 1;
        while (pipe->reader.open && PIPE_BYTES - pipe->used < needed) {
                int error = block ? interruptible_sleep(&pipe->writers, &pipe->lock, PLATFORM_FOREVER, true) : -EAGAIN;
                if (error != 0)
                        return error;
        }
        return pipe->reader.open ? 0 : -EPIPE;
}

static ssize_t pipe_write(struct file *file, const struct iovec *vector, int count, off_t at)
{
        struct pipe *pipe = pipe_of_writer(file);
        struct vector_cursor cursor = vector_start(vector, count);
        size_t total = vector_bytes(vector, count);
        size_t written = 0;
        int error = 0;
        (void)at;
        while (written < total && error == 0) {
                interruptible_enter(&pipe->lock);
                spin_lock(&pipe->lock);
                error = wait_for_room(pipe, total - written, !must_not_block(file));
                if (error == 0) {
                        written += give(pipe, &cursor);
                        wait_queue_wake_one(&pipe->readers);
                }
                spin_unlock(&pipe->lock);
                interruptible_leave();
                if (error == 0)
                        poll_notify(&pipe->reader.source, POLLIN | POLLRDNORM);
        }
        return written != 0 ? (ssize_t)written : error;
}

static short reader_poll(struct file *file)
{
        struct pipe *pipe = pipe_of_reader(file);
        spin_lock(&pipe->lock);
        short ready = (short)((pipe->used != 0 ? POLLIN | POLLRDNORM : 0) | (pipe->writer.open ? 0 : POLLHUP));
        spin_unlock(&pipe->lock);
        return ready;
}

static short writer_poll(struct file *file)
{
        struct pipe *pipe = pipe_of_writer(file);
        spin_lock(&pipe->lock);
        short ready = PIPE_BYTES - pipe->used >= PIPE_ATOMIC ? POLLOUT | POLLWRNORM : 0;
        if (!pipe->reader.open)
                ready = POLLERR | POLLOUT | POLLWRNORM;
        spin_unlock(&pipe->lock);
        return ready;
}

static struct poll_source *reader_source(struct file *file)
{
        return &pipe_of_reader(file)->reader.source;
}

static struct poll_source *writer_source(struct file *file)
{
        return &pipe_of_writer(file)->writer.source;
}

static int pipe_stat(struct file *file, struct stat *status)
{
        (void)file;
        status->st_mode = S_IFIFO | 0600;
        status->st_nlink = 1;
        status->st_blksize = PIPE_ATOMIC;
        return 0;
}

static int reader_control(struct file *file, unsigned long request, void *argument)
{
        struct pipe *pipe = pipe_of_reader(file);
        if (request != FIONREAD)
                return -ENOTTY;
        spin_lock(&pipe->lock);
        *(int *)argument = (int)pipe->used;
        spin_unlock(&pipe->lock);
        return 0;
}

/*
 * Closes `end`, tells whoever waits at the other one, and frees the pipe when both are closed. `other` is still open
 * when it is notified: the lock is held, which its own close needs.
 */
static void close_end(struct pipe *pipe, struct end *end, struct end *other)
{
        spin_lock(&pipe->lock);
        end->open = false;
        bool last = !other->open;
        wait_queue_wake_all(&pipe->readers);
        wait_queue_wake_all(&pipe->writers);
        if (!last)
                poll_notify(&other->source, POLLHUP | POLLERR | POLLIN | POLLOUT);
        spin_unlock(&pipe->lock);
        if (last)
                free(pipe);
}

static void reader_close(struct file *file)
{
        struct pipe *pipe = pipe_of_reader(file);
        close_end(pipe, &pipe->reader, &pipe->writer);
}

static void writer_close(struct file *file)
{
        struct pipe *pipe = pipe_of_writer(file);
        close_end(pipe, &pipe->writer, &pipe->reader);
}

static const struct file_operations reader_operations = {
        .kind = "pipe",
        .read = pipe_read,
        .stat = pipe_stat,
        .control = reader_control,
        .poll = reader_poll,
        .poll_source = reader_source,
        .close = reader_close,
};

static const struct file_operations writer_operations = {
        .kind = "pipe",
        .write = pipe_write,
        .stat = pipe_stat,
        .poll = writer_poll,
        .poll_source = writer_source,
        .close = writer_close,
};

static void end_init(struct end *end, const struct file_operations *operations, int flags)
{
        file_init(&end->file, operations, flags);
        poll_source_init(&end->source);
        end->open = true;
}

static int make_pipe(int descriptors[2], int flags)
{
        if ((flags & ~(O_NONBLOCK | O_CLOEXEC)) != 0)
                return -EINVAL;
        struct pipe *pipe = malloc(sizeof(*pipe));
        if (pipe == NULL)
                return -ENOMEM;
        end_init(&pipe->reader, &reader_operations, O_RDONLY | (flags & O_NONBLOCK));
        end_init(&pipe->writer, &writer_operations, O_WRONLY | (flags & O_NONBLOCK));
        pipe->lock = (struct spinlock)SPINLOCK_INIT;
        wait_queue_init(&pipe->readers);
        wait_queue_init(&pipe->writers);
        pipe->head = 0;
        pipe->used = 0;
        int reader = descriptor_install(&pipe->reader.file, 0, (flags & O_CLOEXEC) != 0);
        if (reader < 0) {
                free(pipe);
                return reader;
        }
        int writer = descriptor_install(&pipe->writer.file, 0, (flags & O_CLOEXEC) != 0);
        if (writer < 0) {
                pipe->writer.open = false;
                close(reader);
                return writer;
        }
        descriptors[0] = reader;
        descriptors[1] = writer;
        return 0;
}

int pipe2(int descriptors[2], int flags)
{
        return edge_status(make_pipe(descriptors, flags));
}

int pipe(int descriptors[2])
{
        return pipe2(descriptors, 0);
}
