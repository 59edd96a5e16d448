/* Linux's eventfd(2): a 64-bit counter; reading takes it, writing adds to it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../edge.h"
#include "../file/table.h"
#include "../file/vector.h"

#include <platform.h>

#include "interrupt.h"

#define COUNT_MAX (UINT64_MAX - 1)

struct event_file {
        struct file file;
        struct spinlock lock;
        struct wait_queue waiters; /* readers of 0 and writers of too much */
        struct poll_source source;
        uint64_t count;
        bool semaphore;
};

static struct event_file *event_of(struct file *file)
{
        return list_entry(file, struct event_file, file);
}

/* Sleeps, or says why not. The lock is held. */
static int wait_for_change(struct event_file *event)
{
        if ((atomic_load_explicit(&event->file.flags, memory_order_relaxed) & O_NONBLOCK) != 0)
                return -EAGAIN;
        return interruptible_sleep(&event->waiters, &event->lock, PLATFORM_FOREVER, true);
}

static ssize_t event_read(struct file *file, const struct iovec *vector, int count, off_t at)
{
        struct event_file *event = event_of(file);
        struct vector_cursor cursor = vector_start(vector, count);
        uint64_t value = 0;
        int error = 0;
        (void)at;
        if (vector_bytes(vector, count) < sizeof(value))
                return -EINVAL;
        interruptible_enter(&event->lock);
        spin_lock(&event->lock);
        while (event->count == 0 && error == 0)
                error = wait_for_change(event);
        if (error == 0) {
                value = event->semaphore ? 1 : event->count;
                event->count -= value;
                wait_queue_wake_all(&event->waiters);
        }
        spin_unlock(&event->lock);
        interruptible_leave();
        if (error != 0)
                return error;
        poll_notify(&event->source, POLLOUT | POLLWRNORM);
        return (ssize_t)vector_fill(&cursor, &value, sizeof(value));
}

static ssize_t event_write(struct file *file, const struct iovec *vector, int count, off_t at)
{
        struct event_file *event = event_of(file);
        struct vector_cursor cursor = vector_start(vector, count);
        uint64_t value;
        int error = 0;
        (void)at;
        if (vector_drain(&cursor, &value, sizeof(value)) != sizeof(value) || value > COUNT_MAX)
                return -EINVAL;
        interruptible_enter(&event->lock);
        spin_lock(&event->lock);
        while (event->count > COUNT_MAX - value && error == 0)
                error = wait_for_change(event);
        if (error == 0) {
                event->count += value;
                wait_queue_wake_all(&event->waiters);
        }
        spin_unlock(&event->lock);
        interruptible_leave();
        if (error != 0)
                return error;
        poll_notify(&event->source, POLLIN | POLLRDNORM);
        return sizeof(value);
}

static short event_poll(struct file *file)
{
        struct event_file *event = event_of(file);
        spin_lock(&event->lock);
        short ready = (short)((event->count != 0 ? POLLIN | POLLRDNORM : 0) |
                              (event->count < COUNT_MAX ? POLLOUT | POLLWRNORM : 0));
        spin_unlock(&event->lock);
        return ready;
}

static struct poll_source *event_source(struct file *file)
{
        return &event_of(file)->source;
}

static void event_close(struct file *file)
{
        free(event_of(file));
}

static const struct file_operations operations = {
        .kind = "eventfd",
        .read = event_read,
        .write = event_write,
        .poll = event_poll,
        .poll_source = event_source,
        .close = event_close,
};

int eventfd(unsigned initial, int flags)
{
        if ((flags & ~(EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK)) != 0)
                return edge_status(-EINVAL);
        struct event_file *event = calloc(1, sizeof(*event));
        if (event == NULL)
                return edge_status(-ENOMEM);
        file_init(&event->file, &operations, O_RDWR | (flags & EFD_NONBLOCK));
        wait_queue_init(&event->waiters);
        poll_source_init(&event->source);
        event->count = initial;
        event->semaphore = (flags & EFD_SEMAPHORE) != 0;
        int descriptor = descriptor_install(&event->file, 0, (flags & EFD_CLOEXEC) != 0);
        if (descriptor < 0)
                free(event);
        return edge_status(descriptor);
}

int eventfd_read(int descriptor, eventfd_t *value)
{
        return read(descriptor, value, sizeof(*value)) == sizeof(*value) ? 0 : -1;
}

int eventfd_write(int descriptor, eventfd_t value)
{
        return write(descriptor, &value, sizeof(value)) == sizeof(value) ? 0 : -1;
}
