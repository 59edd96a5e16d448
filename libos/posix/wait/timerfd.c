/* Linux's timerfd_create(2): reading gives the number of expirations since the last read. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/timerfd.h>

#include <coracle/timer.h>

#include "../edge.h"
#include "../file/table.h"
#include "../file/vector.h"
#include "interrupt.h"
#include "waiter.h"

struct timer_file {
        struct file file;
        struct spinlock lock;
        struct wait_queue readers;
        struct poll_source source;
        struct timer timer;
        uint64_t next;     /* monotonic nanoseconds of the next expiration; 0: disarmed */
        uint64_t interval; /* nanoseconds; 0: once */
        uint64_t expired;  /* expirations not yet read */
        bool realtime;     /* absolute times are wall-clock times */
};

static const struct file_operations operations;

static struct timer_file *timer_of(struct file *file)
{
        return list_entry(file, struct timer_file, file);
}

static void expire(void *ctx)
{
        struct timer_file *timer = ctx;
        spin_lock(&timer->lock);
        bool running = timer->next != 0;
        if (running) {
                uint64_t now = platform_clock_monotonic();
                uint64_t late = now > timer->next ? now - timer->next : 0;
                uint64_t times = timer->interval != 0 ? 1 + late / timer->interval : 1;
                timer->expired += times;
                timer->next = timer->interval != 0 ? timer->next + times * timer->interval : 0;
                if (timer->next != 0)
                        timer_start(&timer->timer, timer->next);
                wait_queue_wake_one(&timer->readers);
        }
        spin_unlock(&timer->lock);
        if (running)
                poll_notify(&timer->source, POLLIN | POLLRDNORM);
}

static ssize_t timer_read(struct file *file, const struct iovec *vector, int count, off_t at)
{
        struct timer_file *timer = timer_of(file);
        struct vector_cursor cursor = vector_start(vector, count);
        uint64_t value = 0;
        int error = 0;
        (void)at;
        if (vector_bytes(vector, count) < sizeof(value))
                return -EINVAL;
        interruptible_enter(&timer->lock);
        spin_lock(&timer->lock);
        while (timer->expired == 0 && error == 0) {
                if ((atomic_load_explicit(&file->flags, memory_order_relaxed) & O_NONBLOCK) != 0)
                        error = -EAGAIN;
                else
                        error = interruptible_sleep(&timer->readers, &timer->lock, PLATFORM_FOREVER, true);
        }
        if (error == 0) {
                value = timer->expired;
                timer->expired = 0;
        }
        spin_unlock(&timer->lock);
        interruptible_leave();
        return error != 0 ? error : (ssize_t)vector_fill(&cursor, &value, sizeof(value));
}

static short timer_poll(struct file *file)
{
        struct timer_file *timer = timer_of(file);
        spin_lock(&timer->lock);
        short ready = timer->expired != 0 ? POLLIN | POLLRDNORM : 0;
        spin_unlock(&timer->lock);
        return ready;
}

static struct poll_source *timer_source(struct file *file)
{
        return &timer_of(file)->source;
}

static void timer_close(struct file *file)
{
        struct timer_file *timer = timer_of(file);
        spin_lock(&timer->lock);
        timer->next = 0; /* a callback that runs now does not start it again */
        spin_unlock(&timer->lock);
        timer_cancel(&timer->timer);
        free(timer);
}

static const struct file_operations operations = {
        .kind = "timerfd",
        .read = timer_read,
        .poll = timer_poll,
        .poll_source = timer_source,
        .close = timer_close,
};

int timerfd_create(clockid_t clock, int flags)
{
        if ((clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME) || (flags & ~(TFD_CLOEXEC | TFD_NONBLOCK)) != 0)
                return edge_status(-EINVAL);
        struct timer_file *timer = calloc(1, sizeof(*timer));
        if (timer == NULL)
                return edge_status(-ENOMEM);
        file_init(&timer->file, &operations, O_RDONLY | (flags & TFD_NONBLOCK));
        wait_queue_init(&timer->readers);
        poll_source_init(&timer->source);
        timer_init(&timer->timer, expire, timer);
        timer->realtime = clock == CLOCK_REALTIME;
        int descriptor = descriptor_install(&timer->file, 0, (flags & TFD_CLOEXEC) != 0);
        if (descriptor < 0)
                free(timer);
        return edge_status(descriptor);
}

/* The timer behind a descriptor, with a reference; NULL and *error when it is none. */
static struct timer_file *lookup(int descriptor, int *error)
{
        struct file *file = file_lookup(descriptor);
        *error = -EBADF;
        if (file == NULL)
                return NULL;
        if (file->operations == &operations)
                return timer_of(file);
        *error = -EINVAL;
        file_put(file);
        return NULL;
}

static struct timespec to_timespec(uint64_t nanoseconds)
{
        return (struct timespec){(time_t)(nanoseconds / 1000000000), (long)(nanoseconds % 1000000000)};
}

/* What is left, and the interval. The lock is held. */
static void get(const struct timer_file *timer, struct itimerspec *value)
{
        uint64_t now = platform_clock_monotonic();
        uint64_t left = timer->next == 0 ? 0 : (timer->next > now ? timer->next - now : 1);
        value->it_value = to_timespec(left);
        value->it_interval = to_timespec(timer->interval);
}

/* The monotonic time at which the timer is to expire first; 0 disarms it. */
static uint64_t first_expiration(const struct timer_file *timer, int flags, const struct timespec *value)
{
        uint64_t nanoseconds = (uint64_t)timespec_nanoseconds(value);
        uint64_t epoch = 0;
        if (nanoseconds == 0)
                return 0;
        if ((flags & TFD_TIMER_ABSTIME) == 0)
                return deadline_after((int64_t)nanoseconds);
        if (timer->realtime && platform_clock_read(PLATFORM_CLOCK_EPOCH, &epoch) != 0)
                epoch = 0;
        return nanoseconds > epoch ? nanoseconds - epoch : 1;
}

int timerfd_settime(int descriptor, int flags, const struct itimerspec *value, struct itimerspec *old)
{
        int result;
        if ((flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) != 0 || !timespec_is_valid(&value->it_value) ||
            !timespec_is_valid(&value->it_interval))
                return edge_status(-EINVAL);
        struct timer_file *timer = lookup(descriptor, &result);
        if (timer == NULL)
                return edge_status(result);
        uint64_t first = first_expiration(timer, flags, &value->it_value);
        spin_lock(&timer->lock);
        if (old != NULL)
                get(timer, old);
        timer->next = 0;
        spin_unlock(&timer->lock);
        timer_cancel(&timer->timer); /* without the lock, which the callback takes */
        spin_lock(&timer->lock);
        timer->expired = 0;
        timer->interval = (uint64_t)timespec_nanoseconds(&value->it_interval);
        timer->next = first;
        if (first != 0)
                timer_start(&timer->timer, first);
        spin_unlock(&timer->lock);
        file_put(&timer->file);
        return 0;
}

int timerfd_gettime(int descriptor, struct itimerspec *value)
{
        int result;
        struct timer_file *timer = lookup(descriptor, &result);
        if (timer == NULL)
                return edge_status(result);
        spin_lock(&timer->lock);
        get(timer, value);
        spin_unlock(&timer->lock);
        file_put(&timer->file);
        return 0;
}
