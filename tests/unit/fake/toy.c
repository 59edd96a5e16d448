/* A toy driver of frontends and its backend: see toy.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fake/platform.h>
#include <fake/toy.h>
#include <fake/xen_grant.h>
#include <fake/xenstored.h>

/* There is no memory for grants here: xenbus only passes references on. */
uint64_t platform_dma_address(const void *pointer)
{
        return (uint64_t)(uintptr_t)pointer;
}

/* ---- The driver: writes down what is asked of it ---- */

struct toy toys[20];
unsigned toy_order[64];
int toy_connect_error, toy_connected_error;
static unsigned toy_count, connections;

static struct toy *toy_of(struct xenbus_device *device)
{
        return (struct toy *)(void *)device;
}

static struct xenbus_device *create(void)
{
        return &toys[toy_count++].device;
}

static int connect(struct xenbus_device *device)
{
        CHECK(!toy_of(device)->up);
        toy_of(device)->connects++;
        return toy_connect_error;
}

static int publish(struct xenbus_device *device, xenstore_transaction transaction)
{
        toy_of(device)->publishes++;
        return xenstore_write_number(transaction, device->path, "ring-ref", 8);
}

static int connected(struct xenbus_device *device)
{
        CHECK(!toy_of(device)->up);
        toy_of(device)->up = true;
        toy_of(device)->connecteds++;
        toy_order[connections++] = device->number;
        return toy_connected_error;
}

static void changed(struct xenbus_device *device)
{
        CHECK(toy_of(device)->up);
        toy_of(device)->changes++;
}

static void stop(struct xenbus_device *device)
{
        toy_of(device)->up = false;
        toy_of(device)->stops++;
}

static void release(struct xenbus_device *device)
{
        CHECK(!toy_of(device)->up);
        toy_of(device)->releases++;
}

struct xenbus_driver toy_driver = {
        .class = "toy",
        .ready_state = XenbusStateConnected,
        .create = create,
        .connect = connect,
        .publish = publish,
        .connected = connected,
        .changed = changed,
        .stop = stop,
        .release = release,
};

/* ---- The backend: does as Linux's do ---- */

bool backend_follows, backend_refuses;

void set_key(const char *base, unsigned number, const char *key, const char *value)
{
        char path[128];
        snprintf(path, sizeof path, "%s%u/%s", base, number, key);
        fake_store_set(path, value);
}

const char *get_key(const char *base, unsigned number, const char *key)
{
        char path[128];
        snprintf(path, sizeof path, "%s%u/%s", base, number, key);
        return fake_store_get(path);
}

void backend_state(unsigned number, XenbusState state)
{
        char text[4];
        snprintf(text, sizeof text, "%u", state);
        set_key(BACKEND, number, "state", text);
}

unsigned frontend_state(unsigned number)
{
        const char *text = get_key(FRONTEND, number, "state");
        return text != NULL ? (unsigned)atoi(text) : 0;
}

static unsigned answered;

static void answer_state(void *ctx)
{
        const unsigned number = (unsigned)(uintptr_t)ctx;
        answered++;
        switch (frontend_state(number)) {
        case XenbusStateInitialising:
                backend_state(number, XenbusStateInitWait);
                break;
        case XenbusStateInitialised:
        case XenbusStateConnected:
                if (strcmp(get_key(BACKEND, number, "state"), "4") != 0)
                        backend_state(number, backend_refuses ? XenbusStateClosed : XenbusStateConnected);
                break;
        case XenbusStateClosed:
                if (strcmp(get_key(BACKEND, number, "state"), "6") != 0)
                        backend_state(number, XenbusStateClosed);
                break;
        default:
                break;
        }
}

static void on_write(const char *path, const char *value)
{
        unsigned number;
        char rest[16];
        if (!backend_follows || value == NULL || sscanf(path, FRONTEND "%u/%15s", &number, rest) != 2 ||
            strcmp(rest, "state") != 0)
                return;
        fake_interrupt_at(platform_clock_monotonic() + 30000, answer_state, (void *)(uintptr_t)number);
}

void add_device(unsigned number)
{
        char path[64];
        snprintf(path, sizeof path, BACKEND "%u", number);
        set_key(FRONTEND, number, "backend", path);
        set_key(FRONTEND, number, "backend-id", "0");
        set_key(FRONTEND, number, "state", "1");
        set_key(BACKEND, number, "online", "1");
        set_key(BACKEND, number, "feature", "7");
        backend_state(number, XenbusStateInitWait);
        fake_compute(MS);
}

void start(void)
{
        fake_store_start();
        fake_grant_reset();
        backend_follows = true;
        fake_store.written = on_write;
}

bool said(const char *text)
{
        return strstr(fake_output, text) != NULL;
}

void until(unsigned number, unsigned state)
{
        for (unsigned i = 0; i < 200 && frontend_state(number) != state; i++)
                fake_compute(MS);
        CHECK(frontend_state(number) == state);
}
