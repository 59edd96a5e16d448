/*
 * The handshake of frontends (public/io/xenbus.h), as a table of phases and a table of steps between them; see xenbus.h
 * for both in one. Everything here but probe.c's waiting and the timer's call runs in the thread "xenstore",
 * when a watch of the backend's directory fires.
 */
#include <errno.h>

#include <coracle/log.h>
#include <platform.h>

#include "device.h"

#define STEPS_AT_ONCE   8u
#define GOOD_CONNECTION 1000000000ull /* nanoseconds: one that ends sooner counts as failed */

/* The bit of a backend's state in a step's set. A backend without a state is gone. */
#define ON(state)   (1u << (state))
#define GONE        ON(XenbusStateUnknown)
#define ANY         0x1ffu
#define ONLINE_ONLY 0x8000u /* a mark in the set: only while the toolstack wants the device */

struct phase {
        XenbusState ours; /* Unknown: as driver->ready_state says */
        bool bounded;
        const char *waits_for;
};

static const struct phase phases[] = {
        [XENBUS_WAITING] = {XenbusStateInitialising, true, "become ready"},
        [XENBUS_OFFERED] = {XenbusStateUnknown, true, "connect"},
        [XENBUS_RUNNING] = {XenbusStateConnected, false, ""},
        [XENBUS_CLOSING] = {XenbusStateClosed, true, "let go of its connection"},
        [XENBUS_CLOSED] = {XenbusStateClosed, false, ""},
};

static int backend_directory(const struct xenbus_device *device, const char *key, uint64_t most, uint64_t *number)
{
        return xenstore_read_number(XENSTORE_ALONE, device->backend, key, most, number);
}

/* The state that goes with a phase, written by itself; a store that does not take it has said so. */
static void enter(struct xenbus_device *device, enum xenbus_phase phase)
{
        const struct phase *to = &phases[phase];
        const bool write = phase != XENBUS_OFFERED && to->ours != phases[device->phase].ours &&
                           !(phase == XENBUS_RUNNING && device->driver->ready_state == XenbusStateConnected);
        device->phase = phase;
        device->since = platform_clock_monotonic();
        (void)timer_cancel(&device->timer);
        if (write)
                (void)xenstore_write_number(XENSTORE_ALONE, device->path, "state", to->ours);
        if (to->bounded && !(phase == XENBUS_WAITING && device->started))
                timer_start(&device->timer, device->since + XENBUS_TIMEOUT);
}

/* ---- What a step does: false when it changed nothing more than what it was asked for ---- */

static int publish(xenstore_transaction transaction, void *ctx)
{
        struct xenbus_device *device = ctx;
        const int error = device->driver->publish(device, transaction);
        if (error != 0)
                return error;
        return xenstore_write_number(transaction, device->path, "state", device->driver->ready_state);
}

static bool offer(struct xenbus_device *device)
{
        if (device->attempts++ == XENBUS_ATTEMPTS) {
                xenbus_fail(device, "its backend ended every connection");
                return true;
        }
        int error = device->driver->connect(device);
        if (error == 0)
                error = xenstore_transact(publish, device);
        enter(device, XENBUS_OFFERED);
        if (error != 0) {
                log_error("xen", "%s: setting up its connection failed (error %d)", device->name, -error);
                xenbus_fail(device, "there is no connection");
        }
        return true;
}

static bool run(struct xenbus_device *device)
{
        if (device->driver->connected(device) != 0) {
                xenbus_fail(device, NULL);
                return true;
        }
        enter(device, XENBUS_RUNNING);
        device->started = true;
        xenbus_settle(device);
        return true;
}

static bool look(struct xenbus_device *device)
{
        if (device->driver->changed != NULL)
                device->driver->changed(device);
        return false;
}

static bool close(struct xenbus_device *device)
{
        if (device->phase == XENBUS_RUNNING && platform_clock_monotonic() - device->since >= GOOD_CONNECTION)
                device->attempts = 0;
        device->driver->stop(device);
        enter(device, XENBUS_CLOSING);
        return true;
}

static bool release(struct xenbus_device *device)
{
        device->driver->release(device);
        enter(device, XENBUS_CLOSED);
        return true;
}

static bool again(struct xenbus_device *device)
{
        enter(device, XENBUS_WAITING);
        return true;
}

/* A backend that is connected before we are was connected to somebody else: it must close first. */
static const struct step {
        enum xenbus_phase phase;
        unsigned theirs;
        bool (*act)(struct xenbus_device *device);
} steps[] = {
        {XENBUS_WAITING, ON(XenbusStateInitWait), offer},
        {XENBUS_WAITING, ON(XenbusStateInitialised) | ON(XenbusStateConnected), close},
        {XENBUS_OFFERED, ON(XenbusStateConnected), run},
        {XENBUS_OFFERED, ON(XenbusStateClosing) | ON(XenbusStateClosed) | GONE, close},
        {XENBUS_RUNNING, ON(XenbusStateConnected), look},
        {XENBUS_RUNNING, ANY & ~ON(XenbusStateConnected), close},
        {XENBUS_CLOSING, ANY & ~(ON(XenbusStateConnected) | ON(XenbusStateClosing)), release},
        {XENBUS_CLOSED, ON(XenbusStateInitWait), again},
        {XENBUS_CLOSED, ON(XenbusStateClosed) | ONLINE_ONLY, again},
};

static bool is_online(const struct xenbus_device *device)
{
        uint64_t online;
        return backend_directory(device, "online", 1, &online) == 0 && online == 1;
}

/* Does what there is to do for a backend in that state. Returns whether there may be more. */
static bool step(struct xenbus_device *device, XenbusState theirs)
{
        for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++)
                if (steps[i].phase == device->phase && (steps[i].theirs & ON(theirs)) != 0)
                        return ((steps[i].theirs & ONLINE_ONLY) == 0 || is_online(device)) && steps[i].act(device);
        return false;
}

/* A device that will not be used any more: to Closed, whatever the backend does. */
static bool step_out(struct xenbus_device *device, XenbusState theirs)
{
        if (device->phase == XENBUS_CLOSED)
                return false;
        return device->phase == XENBUS_CLOSING ? step(device, theirs) : close(device);
}

/* The phase took too long. */
static void give_up(struct xenbus_device *device, XenbusState theirs)
{
        log_error("xen", "%s: its backend %s does not %s (it is in state %u)", device->name, device->backend,
                  phases[device->phase].waits_for, theirs);
        if (device->phase == XENBUS_CLOSING)
                (void)release(device);
        else if (device->started)
                (void)close(device);
        else
                xenbus_fail(device, "it was not connected in time");
}

static bool is_late(const struct xenbus_device *device)
{
        return phases[device->phase].bounded && !(device->phase == XENBUS_WAITING && device->started) &&
               platform_clock_monotonic() >= device->since + XENBUS_TIMEOUT;
}

void xenbus_look(void *ctx)
{
        struct xenbus_device *device = ctx;
        uint64_t theirs;
        bool more = true;
        for (unsigned i = 0; i < STEPS_AT_ONCE && more; i++) {
                const int error = backend_directory(device, "state", XenbusStateReconfigured, &theirs);
                if (error == -EINVAL)
                        xenbus_fail(device, "the state of its backend is not a state");
                else if (error != 0 && error != -ENOENT &&
                         error != -EACCES) /* where there is nothing, nothing may be read */
                        xenbus_fail(device, "xenstore does not tell the state of its backend");
                if (error != 0)
                        theirs = XenbusStateUnknown;
                if (atomic_load(&device->failed))
                        more = step_out(device, (XenbusState)theirs);
                else
                        more = step(device, (XenbusState)theirs);
                if (!more && is_late(device)) {
                        give_up(device, (XenbusState)theirs);
                        more = true;
                }
        }
        if (more)
                xenstore_poke(&device->watch);
        if (atomic_load(&device->failed) && device->phase == XENBUS_CLOSED)
                xenbus_settle(device);
}

void xenbus_fail(struct xenbus_device *device, const char *why)
{
        if (atomic_exchange(&device->failed, true))
                return;
        if (why != NULL)
                log_error("xen", "%s: %s; it is not used any more", device->name, why);
        xenstore_poke(&device->watch);
}

uint64_t xenbus_backend_number(const struct xenbus_device *device, const char *key, uint64_t most, uint64_t otherwise)
{
        uint64_t number;
        return backend_directory(device, key, most, &number) == 0 ? number : otherwise;
}

int xenbus_backend_text(const struct xenbus_device *device, const char *key, char *value, size_t bytes)
{
        return xenstore_read(XENSTORE_ALONE, device->backend, key, value, bytes);
}

int xenbus_grant(const struct xenbus_device *device, const void *memory, unsigned pages, grant_reference *references)
{
        for (unsigned i = 0; i < pages; i++) {
                const int error = grant_page(device->backend_domain, (const char *)memory + i * PLATFORM_PAGE_SIZE,
                                             false, &references[i]);
                if (error == 0)
                        continue;
                while (i-- > 0)
                        (void)grant_revoke(references[i]);
                return error;
        }
        return 0;
}
