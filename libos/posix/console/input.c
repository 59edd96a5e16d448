/*
 * Console input. Bytes are taken from the platform when somebody reads or polls, a few at a time.
 *
 * As on any terminal, Return (CR) reads as '\n' and Ctrl-D at the start of a read is the end of the file, which is
 * also how a pipe into the hypervisor's console can end. There is no echo and no line editing: terminals do both.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include <coracle/sched.h>

#include <platform.h>

#include "../file/vector.h"
#include "console.h"

#define END_OF_FILE 0x04

static struct spinlock lock = SPINLOCK_INIT;
static struct wait_queue readers = WAIT_QUEUE_INIT(readers);
static struct poll_source source = {SPINLOCK_INIT, LIST_INIT(source.watchers)};
static bool listening;
static char held[64]; /* taken from the platform, not yet read: held[first] .. held[last - 1] */
static size_t first, last;

static void arrived(void *ctx)
{
        (void)ctx;
        spin_lock(&lock);
        wait_queue_wake_all(&readers);
        spin_unlock(&lock);
        poll_notify(&source, POLLIN);
}

static void listen(void)
{
        spin_lock(&lock);
        bool before = listening;
        listening = true;
        spin_unlock(&lock);
        if (!before)
                platform_console_on_input(arrived, NULL);
}

/* Whether something is there to be read. The lock is held. */
static bool fill(void)
{
        if (first == last) {
                first = 0;
                last = platform_console_read(held, sizeof(held));
                for (size_t i = 0; i < last; i++) {
                        if (held[i] == '\r')
                                held[i] = '\n';
                }
        }
        return first != last;
}

/* Moves what is there, up to an end-of-file mark, which it takes only when it comes first. The lock is held. */
static ssize_t deliver(const struct iovec *vector, int count)
{
        struct vector_cursor cursor = vector_start(vector, count);
        size_t delivered = 0;
        if (held[first] == END_OF_FILE) {
                first++;
                return 0;
        }
        while (fill() && held[first] != END_OF_FILE && vector_fill(&cursor, &held[first], 1) == 1) {
                first++;
                delivered++;
        }
        return (ssize_t)delivered;
}

ssize_t console_read(struct file *file, const struct iovec *vector, int count, off_t at)
{
        (void)at;
        ssize_t result = 0;
        if (vector_bytes(vector, count) == 0)
                return 0;
        listen();
        spin_lock(&lock);
        while (!fill()) {
                if ((atomic_load_explicit(&file->flags, memory_order_relaxed) & O_NONBLOCK) != 0) {
                        result = -EAGAIN;
                        break;
                }
                wait_queue_sleep(&readers, &lock, PLATFORM_FOREVER);
        }
        if (result == 0)
                result = deliver(vector, count);
        spin_unlock(&lock);
        return result;
}

int console_control(struct file *file, unsigned long request, void *argument)
{
        (void)file;
        if (request != FIONREAD)
                return -ENOTTY;
        spin_lock(&lock);
        fill();
        *(int *)argument = (int)(last - first);
        spin_unlock(&lock);
        return 0;
}

short console_poll(struct file *file)
{
        (void)file;
        listen();
        spin_lock(&lock);
        short ready = fill() ? POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM : POLLOUT | POLLWRNORM;
        spin_unlock(&lock);
        return ready;
}

struct poll_source *console_poll_source(struct file *file)
{
        (void)file;
        return &source;
}
