/*
 * Console input. Bytes are taken from the platform when somebody reads or polls, a few at a time.
 *
 * A person at the hypervisor's console: Return (CR) reads as '\n' and Ctrl-D at the start of a read is the end of the
 * file. `coracle run` passes any bytes, and says so with the word coracle.input=escaped: then only ESCAPE is special,
 * and what follows it is itself (ESCAPE), the end of the file for one read (END_OF_FILE, a terminal's Ctrl-D) or for
 * good (END_OF_INPUT, a pipe that ended). What comes before the first ESCAPE START_OF_TEXT is padding: a serial port
 * drops what has arrived when its FIFO is switched on, which happens at some time after the hypervisor has started to
 * deliver. There is no echo and no line editing: terminals do both.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include <coracle/options.h>
#include <coracle/sched.h>

#include <platform.h>

#include "../file/vector.h"
#include "../wait/interrupt.h"
#include "console.h"

#define ESCAPE        0x10
#define START_OF_TEXT 0x02
#define END_OF_FILE   0x04
#define END_OF_INPUT  0x19

#define MARK (-1) /* in `held`: the end of the file */

static struct spinlock lock = SPINLOCK_INIT;
static struct wait_queue readers = WAIT_QUEUE_INIT(readers);
static struct poll_source source = {SPINLOCK_INIT, LIST_INIT(source.watchers)};
static bool listening;
static short held[64]; /* taken from the platform, not yet read: held[first] .. held[last - 1], bytes and MARKs */
static size_t first, last;
static bool escaped;   /* the dialect of coracle.input=escaped */
static bool in_escape; /* ESCAPE was the last byte */
static bool started;   /* START_OF_TEXT was read */
static bool ended;     /* END_OF_INPUT was read */

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
        if (!before)
                escaped = option_is("input", "escaped");
        spin_unlock(&lock);
        if (!before)
                platform_console_on_input(arrived, NULL);
}

/* Adds what the byte means, if anything yet, to `held`. */
static void take(unsigned char byte)
{
        short meaning = byte;
        if (ended)
                return;
        if (!escaped) {
                if (byte == '\r')
                        meaning = '\n';
                else if (byte == END_OF_FILE)
                        meaning = MARK;
        } else if (!in_escape && byte == ESCAPE) {
                in_escape = true;
                return;
        } else if (in_escape) {
                in_escape = false;
                if (byte == START_OF_TEXT) {
                        started = true;
                        return;
                }
                ended |= started && byte == END_OF_INPUT;
                if (byte == END_OF_FILE || byte == END_OF_INPUT)
                        meaning = MARK;
        }
        if (started || !escaped)
                held[last++] = meaning;
}

/* Whether something is there to be read. The lock is held. */
static bool fill(void)
{
        while (first == last) {
                char bytes[sizeof(held) / sizeof(held[0])];
                size_t count = ended ? 0 : platform_console_read(bytes, sizeof(bytes));
                first = last = 0;
                for (size_t i = 0; i < count; i++)
                        take((unsigned char)bytes[i]);
                if (ended && last == 0)
                        held[last++] = MARK;
                if (count == 0)
                        break;
        }
        return first != last;
}

/* Moves what is there, up to an end-of-file mark, which it takes only when it comes first. The lock is held. */
static ssize_t deliver(const struct iovec *vector, int count)
{
        struct vector_cursor cursor = vector_start(vector, count);
        size_t delivered = 0;
        if (held[first] == MARK) {
                first++;
                return 0;
        }
        while (fill() && held[first] != MARK) {
                char byte = (char)held[first];
                if (vector_fill(&cursor, &byte, 1) != 1)
                        break;
                first++;
                delivered++;
        }
        return (ssize_t)delivered;
}

/* Without interruptible_sleep: a program that only reads and writes links no clock and no timers. The lock is held. */
static int wait(void)
{
        return interrupt_sleep != NULL ? interrupt_sleep(&readers, &lock, PLATFORM_FOREVER, true)
                                       : wait_queue_wait(&readers, &lock);
}

ssize_t console_read(struct file *file, const struct iovec *vector, int count, off_t at)
{
        (void)at;
        ssize_t result = 0;
        if (vector_bytes(vector, count) == 0)
                return 0;
        listen();
        interruptible_enter(&lock);
        spin_lock(&lock);
        while (!fill() && result == 0) {
                if ((atomic_load_explicit(&file->flags, memory_order_relaxed) & O_NONBLOCK) != 0)
                        result = -EAGAIN;
                else
                        result = wait();
        }
        if (result == 0)
                result = deliver(vector, count);
        spin_unlock(&lock);
        interruptible_leave();
        return result;
}

int console_control(struct file *file, unsigned long request, void *argument)
{
        (void)file;
        if (request != FIONREAD)
                return -ENOTTY;
        spin_lock(&lock);
        fill();
        size_t bytes = 0;
        while (first + bytes < last && held[first + bytes] != MARK)
                bytes++;
        *(int *)argument = (int)bytes;
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
