/*
 * Watches of xenstore. The store names a watch by a token, which here is a number; a watch that fires is marked, and
 * the thread "xenstore" calls its function: any number of events take no memory.
 *
 * The list and the marks are under the lock of the wire. `calling` is held while a watch is called, so that
 * xenstore_unwatch can wait for the end of a call.
 */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include <coracle/log.h>
#include <coracle/sched.h>
#include <platform.h>

#include "wire.h"

#define TOKEN_MAX   12u
#define STACK_BYTES 16384u

static struct {
        struct list list;
        struct mutex calling;
        struct thread *thread;
        uint32_t last_token;
} watches = {.list = LIST_INIT(watches.list)};

bool xenstore_watch_fired(const char *token)
{
        uint32_t number = 0;
        if (strlen(token) >= TOKEN_MAX)
                return false;
        for (; *token >= '0' && *token <= '9'; token++)
                number = number * 10 + (uint32_t)(*token - '0');
        if (*token != '\0' || number == 0 || number > watches.last_token)
                return false;
        list_for_each(node, &watches.list)
        {
                struct xenstore_watch *watch = list_entry(node, struct xenstore_watch, link);
                if (watch->token == number)
                        atomic_store(&watch->fired, true);
        }
        return true; /* one that is not there any more was on its way when it was removed */
}

/* Returns a watch that has fired, its mark taken away, or NULL. */
static struct xenstore_watch *next_fired(void)
{
        xenstore_lock();
        (void)xenstore_drain();
        struct xenstore_watch *found = NULL;
        list_for_each(node, &watches.list)
        {
                struct xenstore_watch *watch = list_entry(node, struct xenstore_watch, link);
                if (found == NULL && atomic_exchange(&watch->fired, false))
                        found = watch;
        }
        xenstore_unlock();
        return found;
}

static void watch_thread(void *argument)
{
        (void)argument;
        for (;;) {
                const unsigned events = xenstore_ring_events();
                struct xenstore_watch *watch;
                mutex_lock(&watches.calling);
                while ((watch = next_fired()) != NULL)
                        watch->changed(watch->ctx);
                mutex_unlock(&watches.calling);
                (void)xenstore_ring_wait(events, PLATFORM_FOREVER);
        }
}

static int ask(enum xsd_sockmsg_type type, const struct xenstore_watch *watch)
{
        char token[TOKEN_MAX];
        const char *reply;
        size_t bytes;
        format_text(token, sizeof token, "%u", watch->token);
        const struct xenstore_part parts[] = {{watch->path, strlen(watch->path) + 1}, {token, strlen(token) + 1}};
        return xenstore_ask(type, XENSTORE_ALONE, parts, 2, &reply, &bytes);
}

int xenstore_watch(struct xenstore_watch *watch)
{
        static const struct thread_options options = {.name = "xenstore", .stack_bytes = STACK_BYTES};
        xenstore_lock();
        int error = 0;
        if (watches.thread == NULL)
                error = thread_create(&watches.thread, &options, watch_thread, NULL);
        if (error == 0) {
                watch->token = ++watches.last_token;
                atomic_store(&watch->fired, false);
                list_append(&watches.list, &watch->link); /* before asking: its first event may come before the reply */
                error = ask(XS_WATCH, watch);
                if (error != 0)
                        list_remove(&watch->link);
        }
        xenstore_unlock();
        return error;
}

void xenstore_poke(struct xenstore_watch *watch)
{
        atomic_store(&watch->fired, true);
        xenstore_ring_touch();
}

int xenstore_unwatch(struct xenstore_watch *watch)
{
        xenstore_lock();
        int error = -EINVAL;
        if (list_linked(&watch->link)) {
                list_remove(&watch->link);
                error = ask(XS_UNWATCH, watch);
        }
        xenstore_unlock();
        if (thread_current() != watches.thread) {
                mutex_lock(&watches.calling);
                mutex_unlock(&watches.calling);
        }
        return error;
}
