/*
 * Readiness: who wants to know that a file may have become ready (coracle/file.h).
 *
 * Watchers are called with the source's lock held, so that a watcher that poll_unwatch took off cannot be running.
 */
#include <coracle/file.h>

void poll_source_init(struct poll_source *source)
{
        source->lock = (struct spinlock)SPINLOCK_INIT;
        list_init(&source->watchers);
}

void poll_notify(struct poll_source *source, short events)
{
        spin_lock(&source->lock);
        list_for_each_safe(node, &source->watchers)
        {
                struct poll_watcher *watcher = list_entry(node, struct poll_watcher, link);
                watcher->fn(watcher, events);
        }
        spin_unlock(&source->lock);
}

void poll_watch(struct poll_source *source, struct poll_watcher *watcher)
{
        spin_lock(&source->lock);
        list_append(&source->watchers, &watcher->link);
        spin_unlock(&source->lock);
}

void poll_unwatch(struct poll_source *source, struct poll_watcher *watcher)
{
        spin_lock(&source->lock);
        list_remove(&watcher->link);
        spin_unlock(&source->lock);
}
