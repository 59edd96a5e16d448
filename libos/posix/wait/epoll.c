/*
 * epoll(7): level- and edge-triggered, one-shot, O(ready).
 *
 * An item is one watched file of one epoll. It is found through the file: it is a watcher on the file's poll source.
 * When the file may have become ready, `item_fired` puts the item on its epoll's ready list; epoll_wait takes items
 * off the list and asks each file what really holds, so that an item on the list is a hint, never a promise.
 *
 * Invariants: an item is in `items` from add until delete, or until its file or epoll closes, then `dead` and
 * unlinked; it is on `ready` at most once. Adding, deleting and closing happen under `changes`; the lists, and an
 * item's fields, under the epoll's own lock. Order: changes, poll source, epoll.
 *
 * An item holds no reference to its file: closing the descriptor must close the file (and takes the item away).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include "../edge.h"
#include "../file/table.h"
#include "hears_requests.h"
#include "interrupt.h"
#include "mask.h"
#include "epoll.h"
#include "waiter.h"

struct epoll {
        struct file file;
        struct spinlock lock;
        struct list items;
        struct list ready;
        struct wait_queue waiters;
        struct poll_source source; /* poll and select on the epoll itself */
};

struct item {
        struct poll_watcher watcher;
        struct list link;       /* in epoll->items */
        struct list ready_link; /* in epoll->ready, or unlinked */
        struct epoll *epoll;
        struct file *file;
        int descriptor; /* as it was when added: one file may be added through several */
        uint32_t events;
        epoll_data_t data;
        unsigned references; /* the lists' one, and one for each epoll_wait that looks at it */
        bool armed;          /* false after a one-shot item has reported, until it is modified */
        bool dead;
};

/* What is reported whether asked for or not. */
#define ALWAYS (EPOLLERR | EPOLLHUP)

static struct mutex changes = MUTEX_INIT(changes);
static const struct file_operations operations;

static void item_put(struct item *item, struct epoll *epoll)
{
        spin_lock(&epoll->lock);
        bool last = --item->references == 0;
        spin_unlock(&epoll->lock);
        if (last)
                free(item);
}

/* Puts the item on the ready list, unless it is there, dead, or disarmed. The epoll's lock is held. */
static bool item_make_ready(struct item *item)
{
        if (item->dead || !item->armed || list_linked(&item->ready_link))
                return false;
        list_append(&item->epoll->ready, &item->ready_link);
        wait_queue_wake_one(&item->epoll->waiters);
        return true;
}

static void item_fired(struct poll_watcher *watcher, short events)
{
        struct item *item = list_entry(watcher, struct item, watcher);
        struct epoll *epoll = item->epoll;
        spin_lock(&epoll->lock);
        bool woke = ((uint32_t)(unsigned short)events & (item->events | ALWAYS)) != 0 && item_make_ready(item);
        spin_unlock(&epoll->lock);
        if (woke)
                poll_notify(&epoll->source, POLLIN | POLLRDNORM);
}

/* Queues the item if its file is ready now: after adding and after changing what it waits for. */
static void item_check(struct item *item)
{
        uint32_t ready = (uint32_t)(unsigned short)item->file->operations->poll(item->file);
        item_fired(&item->watcher, (short)ready);
}

/* Takes the item away for good. `changes` is held. */
static void item_remove(struct item *item)
{
        struct epoll *epoll = item->epoll;
        poll_unwatch(item->file->operations->poll_source(item->file), &item->watcher);
        spin_lock(&epoll->lock);
        item->dead = true;
        list_remove(&item->link);
        if (list_linked(&item->ready_link))
                list_remove(&item->ready_link);
        spin_unlock(&epoll->lock);
        item_put(item, epoll);
}

/* The item of `epoll` on this file and descriptor, or NULL. `changes` is held, so no item comes or goes. */
static struct item *find(struct epoll *epoll, struct file *file, int descriptor)
{
        struct poll_source *source = file->operations->poll_source(file);
        struct item *found = NULL;
        spin_lock(&source->lock);
        list_for_each(node, &source->watchers)
        {
                struct poll_watcher *watcher = list_entry(node, struct poll_watcher, link);
                struct item *item = list_entry(watcher, struct item, watcher);
                if (watcher->fn == item_fired && item->epoll == epoll && item->descriptor == descriptor)
                        found = item;
        }
        spin_unlock(&source->lock);
        return found;
}

static int add(struct epoll *epoll, struct file *file, int descriptor, const struct epoll_event *event)
{
        struct item *item = calloc(1, sizeof(*item));
        if (item == NULL)
                return -ENOMEM;
        item->watcher.fn = item_fired;
        item->epoll = epoll;
        item->file = file;
        item->descriptor = descriptor;
        item->events = event->events;
        item->data = event->data;
        item->references = 1;
        item->armed = true;
        spin_lock(&epoll->lock);
        list_append(&epoll->items, &item->link);
        spin_unlock(&epoll->lock);
        poll_watch(file->operations->poll_source(file), &item->watcher);
        item_check(item); /* after the watcher is there: what comes between is seen by one of the two */
        return 0;
}

static int modify(struct item *item, const struct epoll_event *event)
{
        spin_lock(&item->epoll->lock);
        item->events = event->events;
        item->data = event->data;
        item->armed = true;
        spin_unlock(&item->epoll->lock);
        item_check(item);
        return 0;
}

static int control(struct epoll *epoll, int operation, struct file *file, int descriptor,
                   const struct epoll_event *event)
{
        if (file->operations == &operations)
                return -EINVAL; /* itself, or another epoll */
        if (file->operations->poll == NULL || file->operations->poll_source == NULL)
                return -EPERM; /* always ready: there is nothing to wait for */
        struct item *item = find(epoll, file, descriptor);
        switch (operation) {
        case EPOLL_CTL_ADD:
                return item != NULL ? -EEXIST : add(epoll, file, descriptor, event);
        case EPOLL_CTL_MOD:
                return item == NULL ? -ENOENT : modify(item, event);
        case EPOLL_CTL_DEL:
                if (item == NULL)
                        return -ENOENT;
                item_remove(item);
                return 0;
        default:
                return -EINVAL;
        }
}

/* The epoll behind a descriptor, with a reference; NULL and *error when it is none. */
static struct epoll *lookup(int descriptor, int *error)
{
        struct file *file = file_lookup(descriptor);
        *error = -EBADF;
        if (file == NULL)
                return NULL;
        if (file->operations == &operations)
                return list_entry(file, struct epoll, file);
        *error = -EINVAL;
        file_put(file);
        return NULL;
}

int epoll_ctl(int epoll_descriptor, int operation, int descriptor, struct epoll_event *event)
{
        int result;
        struct epoll *epoll = lookup(epoll_descriptor, &result);
        if (epoll == NULL)
                return edge_status(result);
        struct file *file = file_lookup(descriptor);
        if (file == NULL) {
                result = -EBADF;
        } else if (event == NULL && operation != EPOLL_CTL_DEL) {
                result = -EFAULT;
        } else {
                mutex_lock(&changes);
                result = control(epoll, operation, file, descriptor, event);
                mutex_unlock(&changes);
        }
        if (file != NULL)
                file_put(file);
        file_put(&epoll->file);
        return edge_status(result);
}

void epoll_file_closed(struct file *file)
{
        if (file->operations->poll_source == NULL || list_empty(&file->operations->poll_source(file)->watchers))
                return;
        mutex_lock(&changes);
        list_for_each_safe(node, &file->operations->poll_source(file)->watchers)
        {
                struct poll_watcher *watcher = list_entry(node, struct poll_watcher, link);
                if (watcher->fn == item_fired)
                        item_remove(list_entry(watcher, struct item, watcher));
        }
        mutex_unlock(&changes);
}

/* Takes a reference unless the last one is gone: then the file is about to take its items away. */
static bool file_try_get(struct file *file)
{
        unsigned references = atomic_load_explicit(&file->references, memory_order_relaxed);
        while (references != 0) {
                if (atomic_compare_exchange_weak_explicit(&file->references, &references, references + 1,
                                                          memory_order_relaxed, memory_order_relaxed))
                        return true;
        }
        return false;
}

/* Takes the next item off the ready list, with references to it and to its file. NULL: none. The lock is held. */
static struct item *take_ready(struct epoll *epoll)
{
        list_for_each_safe(node, &epoll->ready)
        {
                struct item *item = list_entry(node, struct item, ready_link);
                list_remove(node);
                if (file_try_get(item->file)) {
                        item->references++;
                        return item;
                }
        }
        return NULL;
}

/* Asks the item's file what holds and reports it. Returns 1, or 0 when nothing does. The lock is not held. */
static int report(struct item *item, struct epoll_event *event)
{
        struct epoll *epoll = item->epoll;
        uint32_t ready = (uint32_t)(unsigned short)item->file->operations->poll(item->file);
        spin_lock(&epoll->lock);
        ready = item->dead || !item->armed ? 0 : ready & (item->events | ALWAYS);
        if (ready != 0) {
                event->events = ready;
                event->data = item->data;
                if ((item->events & EPOLLONESHOT) != 0) {
                        item->armed = false;
                        if (list_linked(&item->ready_link))
                                list_remove(&item->ready_link);
                } else if ((item->events & EPOLLET) == 0 && !list_linked(&item->ready_link)) {
                        list_append(&epoll->ready, &item->ready_link); /* holds until a look finds it does not */
                }
        }
        spin_unlock(&epoll->lock);
        return ready != 0;
}

/* Reports what is ready, at most `count`, looking at each item once. */
static int collect(struct epoll *epoll, struct epoll_event *events, int count)
{
        int collected = 0;
        struct list *end = NULL; /* the first item that was put back: everything was looked at when it comes again */
        spin_lock(&epoll->lock);
        while (collected < count && list_first(&epoll->ready) != end) {
                struct item *item = take_ready(epoll);
                if (item == NULL)
                        break;
                spin_unlock(&epoll->lock);
                struct file *file = item->file;
                collected += report(item, &events[collected]);
                spin_lock(&epoll->lock);
                if (end == NULL && list_linked(&item->ready_link))
                        end = &item->ready_link;
                spin_unlock(&epoll->lock);
                item_put(item, epoll);
                file_put(file);
                spin_lock(&epoll->lock);
        }
        if (!list_empty(&epoll->ready))
                wait_queue_wake_one(&epoll->waiters); /* there may be something for another thread */
        spin_unlock(&epoll->lock);
        return collected;
}

static int wait_for_events(struct epoll *epoll, struct epoll_event *events, int count, int timeout_ms)
{
        int collected = collect(epoll, events, count);
        if (collected == 0 && waiter_work())
                collected = collect(epoll, events, count);
        if (collected != 0 || timeout_ms == 0)
                return collected;
        uint64_t deadline = deadline_after(timeout_ms < 0 ? -1 : timeout_ms * INT64_C(1000000));
        int slept = 0;
        while (collected == 0 && slept == 0) {
                if (waiter_work()) {
                        slept = deadline_passed(deadline) ? -ETIMEDOUT : 0;
                } else {
                        interruptible_enter(&epoll->lock);
                        spin_lock(&epoll->lock);
                        while (list_empty(&epoll->ready) && slept == 0)
                                slept = interruptible_sleep(&epoll->waiters, &epoll->lock, deadline, false);
                        spin_unlock(&epoll->lock);
                        interruptible_leave();
                }
                collected = collect(epoll, events, count);
        }
        return collected == 0 && slept == -EINTR ? -EINTR : collected;
}

int epoll_wait(int descriptor, struct epoll_event *events, int count, int timeout_ms)
{
        int result;
        struct epoll *epoll = lookup(descriptor, &result);
        if (epoll == NULL)
                return edge_status(result);
        result = count <= 0 ? -EINVAL : wait_for_events(epoll, events, count, timeout_ms);
        file_put(&epoll->file);
        return edge_status(result);
}

int epoll_pwait(int descriptor, struct epoll_event *events, int count, int timeout_ms, const sigset_t *mask)
{
        sigset_t before;
        int result = edge_status(mask_begin(mask, &before));
        if (result == 0)
                result = epoll_wait(descriptor, events, count, timeout_ms);
        int error = errno;
        mask_end(mask, &before);
        errno = error;
        return result;
}

static short epoll_poll(struct file *file)
{
        struct epoll *epoll = list_entry(file, struct epoll, file);
        spin_lock(&epoll->lock);
        bool ready = !list_empty(&epoll->ready);
        spin_unlock(&epoll->lock);
        return ready ? POLLIN | POLLRDNORM : 0;
}

static struct poll_source *epoll_poll_source(struct file *file)
{
        return &list_entry(file, struct epoll, file)->source;
}

static void epoll_close(struct file *file)
{
        struct epoll *epoll = list_entry(file, struct epoll, file);
        mutex_lock(&changes);
        list_for_each_safe(node, &epoll->items) item_remove(list_entry(node, struct item, link));
        mutex_unlock(&changes);
        free(epoll);
}

static const struct file_operations operations = {
        .kind = "epoll",
        .poll = epoll_poll,
        .poll_source = epoll_poll_source,
        .close = epoll_close,
};

int epoll_create1(int flags)
{
        if ((flags & ~EPOLL_CLOEXEC) != 0)
                return edge_status(-EINVAL);
        struct epoll *epoll = calloc(1, sizeof(*epoll));
        if (epoll == NULL)
                return edge_status(-ENOMEM);
        file_init(&epoll->file, &operations, O_RDWR);
        list_init(&epoll->items);
        list_init(&epoll->ready);
        wait_queue_init(&epoll->waiters);
        poll_source_init(&epoll->source);
        int descriptor = descriptor_install(&epoll->file, 0, (flags & EPOLL_CLOEXEC) != 0);
        if (descriptor < 0)
                free(epoll);
        return edge_status(descriptor);
}

int epoll_create(int size)
{
        return size <= 0 ? edge_status(-EINVAL) : epoll_create1(0);
}
