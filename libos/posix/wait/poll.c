/*
 * poll and ppoll (POSIX.1-2024, XSH poll).
 *
 * First a look without registering anywhere: under load something is ready most of the time. Only when nothing is do
 * watchers go onto the files' poll sources, and the thread sleeps until one fires.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include <coracle/file.h>

#include "../edge.h"
#include "../file/table.h"
#include "hears_requests.h"
#include "interrupt.h"
#include "mask.h"
#include "poll.h"
#include "waiter.h"

#define FEW 16 /* descriptors whose watchers fit on the stack */

struct watch {
        struct poll_watcher watcher;
        struct file *file; /* with a reference; NULL: not open or not asked for */
};

static const short always = POLLERR | POLLHUP | POLLNVAL;

static short ready_now(struct file *file, short events)
{
        short ready = file->operations->poll == NULL ? POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM
                                                     : file->operations->poll(file);
        return (short)(ready & (events | always));
}

/* Looks at every descriptor, filling in revents. Returns how many are ready. */
static int look(struct pollfd *descriptors, nfds_t count)
{
        int ready = 0;
        for (nfds_t i = 0; i < count; i++) {
                struct pollfd *descriptor = &descriptors[i];
                descriptor->revents = 0;
                if (descriptor->fd < 0)
                        continue;
                struct file *file = file_lookup(descriptor->fd);
                if (file == NULL) {
                        descriptor->revents = POLLNVAL;
                } else {
                        descriptor->revents = ready_now(file, descriptor->events);
                        file_put(file);
                }
                if (descriptor->revents != 0)
                        ready++;
        }
        return ready;
}

/* The same through the files that are being watched: a descriptor closed meanwhile does not go away under us. */
static int look_watched(struct pollfd *descriptors, const struct watch *watches, nfds_t count)
{
        int ready = 0;
        for (nfds_t i = 0; i < count; i++) {
                if (watches[i].file == NULL)
                        continue;
                descriptors[i].revents = ready_now(watches[i].file, descriptors[i].events);
                if (descriptors[i].revents != 0)
                        ready++;
        }
        return ready;
}

static void fired(struct poll_watcher *watcher, short events)
{
        (void)events;
        struct poll_waiter *waiter = watcher->ctx;
        spin_lock(&waiter->lock);
        waiter->fired = true;
        wait_queue_wake_all(&waiter->queue);
        spin_unlock(&waiter->lock);
}

static void watch_all(struct watch *watches, const struct pollfd *descriptors, nfds_t count, struct poll_waiter *waiter)
{
        for (nfds_t i = 0; i < count; i++) {
                struct watch *watch = &watches[i];
                watch->file = descriptors[i].fd < 0 ? NULL : file_lookup(descriptors[i].fd);
                watch->watcher = (struct poll_watcher){{NULL, NULL}, fired, waiter};
                if (watch->file != NULL && watch->file->operations->poll_source != NULL)
                        poll_watch(watch->file->operations->poll_source(watch->file), &watch->watcher);
        }
}

static void unwatch_all(struct watch *watches, nfds_t count)
{
        for (nfds_t i = 0; i < count; i++) {
                struct watch *watch = &watches[i];
                if (watch->file == NULL)
                        continue;
                if (list_linked(&watch->watcher.link))
                        poll_unwatch(watch->file->operations->poll_source(watch->file), &watch->watcher);
                file_put(watch->file);
        }
}

/* Sleeps until a watcher has fired: 0. Or -ETIMEDOUT, -EINTR. */
static int sleep_until_fired(struct poll_waiter *waiter, uint64_t deadline)
{
        int slept = 0;
        interruptible_enter(&waiter->lock);
        spin_lock(&waiter->lock);
        while (!waiter->fired && slept == 0)
                slept = interruptible_sleep(&waiter->queue, &waiter->lock, deadline, false);
        if (waiter->fired)
                slept = 0;
        waiter->fired = false;
        spin_unlock(&waiter->lock);
        interruptible_leave();
        return slept;
}

static int wait_for_any(struct pollfd *descriptors, struct watch *watches, nfds_t count, uint64_t deadline)
{
        struct poll_waiter waiter = {SPINLOCK_INIT, WAIT_QUEUE_INIT(waiter.queue), false};
        watch_all(watches, descriptors, count, &waiter);
        int ready = look_watched(descriptors, watches, count);
        int slept = 0;
        while (ready == 0 && slept == 0) {
                if (waiter_work())
                        slept = deadline_passed(deadline) ? -ETIMEDOUT : 0;
                else
                        slept = sleep_until_fired(&waiter, deadline);
                ready = look_watched(descriptors, watches, count);
        }
        unwatch_all(watches, count);
        return ready == 0 && slept == -EINTR ? -EINTR : ready;
}

int poll_descriptors(struct pollfd *descriptors, nfds_t count, int64_t nanoseconds)
{
        struct watch few[FEW];
        struct watch *watches = few;
        int ready = look(descriptors, count);
        if (ready == 0 && waiter_work())
                ready = look(descriptors, count);
        if (ready != 0 || nanoseconds == 0)
                return ready;
        uint64_t deadline = deadline_after(nanoseconds);
        if (count > FEW) {
                watches = malloc(count * sizeof(*watches));
                if (watches == NULL)
                        return -ENOMEM;
        }
        ready = wait_for_any(descriptors, watches, count, deadline);
        if (watches != few)
                free(watches);
        return ready;
}

int poll(struct pollfd *descriptors, nfds_t count, int timeout_ms)
{
        if (count > DESCRIPTORS_MAX)
                return edge_status(-EINVAL);
        return edge_status(poll_descriptors(descriptors, count, timeout_ms < 0 ? -1 : timeout_ms * INT64_C(1000000)));
}

int ppoll(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
        sigset_t before;
        if (count > DESCRIPTORS_MAX || (timeout != NULL && !timespec_is_valid(timeout)))
                return edge_status(-EINVAL);
        int result = mask_begin(mask, &before);
        if (result == 0)
                result = poll_descriptors(descriptors, count, timeout == NULL ? -1 : timespec_nanoseconds(timeout));
        mask_end(mask, &before);
        return edge_status(result);
}
