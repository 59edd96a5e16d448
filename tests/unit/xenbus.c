/* The handshake of frontends, with a toy driver, against a backend that is honest, late, and gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fake/platform.h>
#include <fake/xen_event.h>
#include <fake/xen_grant.h>
#include <fake/xenstored.h>
#include <xen/xenbus.h>

#include <coracle/sched.h>

#define MS       1000000ull
#define SECOND   1000000000ull
#define FRONTEND "/local/domain/5/device/toy/"
#define BACKEND  "/local/domain/0/backend/toy/5/"

/* There is no memory for grants here: xenbus only passes references on. */
uint64_t platform_dma_address(const void *pointer)
{
        return (uint64_t)(uintptr_t)pointer;
}

/* ---- The driver: writes down what is asked of it ---- */

static struct toy {
        struct xenbus_device device;
        unsigned connects, publishes, connecteds, changes, stops, releases;
        bool up; /* between connected and stop */
} toys[20];
static unsigned toy_count, order[64], order_count;
static int connect_error, connected_error;

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
        return connect_error;
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
        order[order_count++] = device->number;
        return connected_error;
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

static struct xenbus_driver driver = {
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

static bool backend_follows; /* it answers the frontend's states */
static bool backend_refuses; /* with Closed instead of Connected */

static void set_key(const char *base, unsigned number, const char *key, const char *value)
{
        char path[128];
        snprintf(path, sizeof path, "%s%u/%s", base, number, key);
        fake_store_set(path, value);
}

static const char *get_key(const char *base, unsigned number, const char *key)
{
        char path[128];
        snprintf(path, sizeof path, "%s%u/%s", base, number, key);
        return fake_store_get(path);
}

static void backend_state(unsigned number, XenbusState state)
{
        char text[4];
        snprintf(text, sizeof text, "%u", state);
        set_key(BACKEND, number, "state", text);
}

static unsigned frontend_state(unsigned number)
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

static void add_device(unsigned number)
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

static void start(void)
{
        fake_store_start();
        fake_grant_reset();
        backend_follows = true;
        fake_store.written = on_write;
}

static bool said(const char *text)
{
        return strstr(fake_output, text) != NULL;
}

static void in_a_guest(void (*scenario)(void *))
{
        assert_int_equal(fake_run(NULL, scenario, NULL), 0);
}

/* Until the frontend is in that state; the thread "xenstore" and the backend work meanwhile. */
static void until(unsigned number, unsigned state)
{
        for (unsigned i = 0; i < 200 && frontend_state(number) != state; i++)
                fake_compute(MS);
        CHECK(frontend_state(number) == state);
}

/* ---- Connecting ---- */

static void connecting(void *argument)
{
        (void)argument;
        start();
        add_device(0);
        CHECK(xenbus_probe(&driver) == 1);
        CHECK(toys[0].up && toys[0].connects == 1 && toys[0].publishes == 1);
        CHECK(frontend_state(0) == XenbusStateConnected);
        CHECK(strcmp(get_key(FRONTEND, 0, "ring-ref"), "8") == 0);
        CHECK(strcmp(toys[0].device.name, "toy0") == 0 && toys[0].device.backend_domain == 0);
        CHECK(xenbus_backend_number(&toys[0].device, "feature", 10, 3) == 7);
        CHECK(xenbus_backend_number(&toys[0].device, "feature", 6, 3) == 3);
        CHECK(xenbus_backend_number(&toys[0].device, "nothing", 6, 3) == 3);
        CHECK(!said("toy"));
        /* What the backend changes afterwards reaches the driver. */
        const unsigned before = toys[0].changes;
        set_key(BACKEND, 0, "carrier", "0");
        fake_compute(20 * MS);
        CHECK(toys[0].changes > before);
}

static void a_frontend_and_its_backend_connect(void **state)
{
        (void)state;
        in_a_guest(connecting);
}

static void connecting_in_two_steps(void *argument)
{
        (void)argument;
        start();
        driver.ready_state = XenbusStateInitialised;
        add_device(0);
        CHECK(xenbus_probe(&driver) == 1);
        CHECK(frontend_state(0) == XenbusStateConnected);
}

static void a_driver_may_wait_in_initialised(void **state)
{
        (void)state;
        in_a_guest(connecting_in_two_steps);
}

static void many(void *argument)
{
        (void)argument;
        start();
        add_device(10);
        add_device(2);
        add_device(0);
        set_key(FRONTEND, 7, "backend", "");
        set_key("/local/domain/5/device/toy/x", 1, "backend", "y");
        CHECK(xenbus_probe(&driver) == 3);
        CHECK(order[0] == 0 && order[1] == 2 && order[2] == 10);
        CHECK(said("toy7: what the toolstack wrote about it cannot be read"));
        CHECK(said("device/toy/x1 has no number for a name"));
}

static void devices_come_in_the_order_of_their_numbers(void **state)
{
        (void)state;
        in_a_guest(many);
}

static void none(void *argument)
{
        (void)argument;
        start();
        CHECK(xenbus_probe(&driver) == 0);
        CHECK(fake_output[0] == '\0');
}

static void off_xen(void *argument)
{
        (void)argument;
        start();
        fake_off_xen = true;
        CHECK(xenbus_probe(&driver) == 0);
        CHECK(fake_output[0] == '\0');
}

static void no_devices_and_no_xen_are_no_error(void **state)
{
        (void)state;
        in_a_guest(none);
        in_a_guest(off_xen);
}

static void conflicts(void *argument)
{
        (void)argument;
        start();
        add_device(0);
        fake_store.conflicts = 2;
        CHECK(xenbus_probe(&driver) == 1);
        CHECK(toys[0].publishes == 3 && toys[0].connects == 1);
}

static void keys_are_published_again_after_a_conflict(void **state)
{
        (void)state;
        in_a_guest(conflicts);
}

/* ---- Time-outs and errors at the start ---- */

static void never_ready(void *argument)
{
        (void)argument;
        start();
        add_device(0);
        add_device(1);
        backend_state(0, XenbusStateInitialising);
        const uint64_t before = platform_clock_monotonic();
        CHECK(xenbus_probe(&driver) == 1); /* the other one works */
        CHECK(platform_clock_monotonic() - before < 2 * XENBUS_TIMEOUT);
        CHECK(said("toy0: its backend " BACKEND "0 does not become ready (it is in state 1)"));
        CHECK(said("toy0: it was not connected in time; it is not used any more"));
        CHECK(toys[0].connects == 0 && toys[1].up);
        CHECK(frontend_state(0) == XenbusStateClosed);
}

static void a_backend_that_never_gets_ready_is_named(void **state)
{
        (void)state;
        in_a_guest(never_ready);
}

static void never_connects(void *argument)
{
        (void)argument;
        start();
        add_device(0);
        backend_follows = false;
        CHECK(xenbus_probe(&driver) == 0);
        CHECK(said("does not connect (it is in state 2)"));
        CHECK(toys[0].connects == 1 && toys[0].connecteds == 0);
        CHECK(toys[0].stops == 1 && toys[0].releases == 1);
}

static void a_backend_that_never_connects_is_named(void **state)
{
        (void)state;
        in_a_guest(never_connects);
}

static void driver_errors(void *argument)
{
        (void)argument;
        start();
        connect_error = -ENOMEM;
        add_device(0);
        CHECK(xenbus_probe(&driver) == 0);
        CHECK(said("toy0: setting up its connection failed (error 12)"));
        CHECK(toys[0].connecteds == 0 && toys[0].releases == 1);
        CHECK(frontend_state(0) == XenbusStateClosed);
}

static void a_driver_that_cannot_connect_ends_the_device(void **state)
{
        (void)state;
        in_a_guest(driver_errors);
}

static void late_errors(void *argument)
{
        (void)argument;
        start();
        connected_error = -EIO;
        add_device(0);
        CHECK(xenbus_probe(&driver) == 0);
        CHECK(toys[0].connecteds == 1 && toys[0].stops == 1 && toys[0].releases == 1);
        CHECK(frontend_state(0) == XenbusStateClosed);
}

static void a_driver_that_refuses_a_connection_ends_the_device(void **state)
{
        (void)state;
        in_a_guest(late_errors);
}

static void refusal(void *argument)
{
        (void)argument;
        start();
        backend_refuses = true;
        add_device(0);
        CHECK(xenbus_probe(&driver) == 0);
        CHECK(said("toy0: its backend ended every connection; it is not used any more"));
        CHECK(toys[0].connects == XENBUS_ATTEMPTS && toys[0].releases >= XENBUS_ATTEMPTS);
}

static void a_backend_that_ends_every_connection_is_given_up(void **state)
{
        (void)state;
        in_a_guest(refusal);
}

static void nonsense_state(void *argument)
{
        (void)argument;
        start();
        add_device(0);
        set_key(BACKEND, 0, "state", "99");
        CHECK(xenbus_probe(&driver) == 0);
        CHECK(said("toy0: the state of its backend is not a state; it is not used any more"));
}

static void a_state_that_is_none_ends_the_device(void **state)
{
        (void)state;
        in_a_guest(nonsense_state);
}

static void silent_store(void *argument)
{
        (void)argument;
        start();
        add_device(0);
        fake_store.silent = true;
        CHECK(xenbus_probe(&driver) == 0);
        CHECK(said("xenstore does not answer"));
        CHECK(said("the list of toy devices cannot be read"));
}

static void without_answers_from_xenstore_there_are_no_devices(void **state)
{
        (void)state;
        in_a_guest(silent_store);
}

/* ---- Disconnecting and coming back ---- */

static void coming_back(void *argument)
{
        (void)argument;
        start();
        add_device(0);
        CHECK(xenbus_probe(&driver) == 1);
        for (unsigned round = 1; round <= 20; round++) {
                fake_compute(SECOND + SECOND / 10); /* a connection that lasted */
                backend_state(0, round % 2 != 0 ? XenbusStateClosing : XenbusStateClosed);
                for (unsigned i = 0; i < 400 && toys[0].connecteds == round; i++)
                        fake_compute(MS);
                CHECK(toys[0].up && toys[0].connecteds == round + 1);
                CHECK(toys[0].stops == round && toys[0].releases == round);
        }
        until(0, XenbusStateConnected);
        CHECK(!said("toy"));
}

static void a_backend_that_comes_back_is_connected_again(void **state)
{
        (void)state;
        in_a_guest(coming_back);
}

static void detached(void *argument)
{
        (void)argument;
        start();
        add_device(0);
        CHECK(xenbus_probe(&driver) == 1);
        set_key(BACKEND, 0, "online", "0");
        backend_state(0, XenbusStateClosing);
        until(0, XenbusStateClosed);
        fake_compute(50 * MS);
        CHECK(frontend_state(0) == XenbusStateClosed && toys[0].connects == 1);
        CHECK(toys[0].stops == 1 && toys[0].releases == 1);
}

static void a_device_that_the_toolstack_takes_away_stays_closed(void **state)
{
        (void)state;
        in_a_guest(detached);
}

static void vanished(void *argument)
{
        (void)argument;
        start();
        add_device(0);
        CHECK(xenbus_probe(&driver) == 1);
        backend_follows = false;
        fake_store_set(BACKEND "0", NULL);
        until(0, XenbusStateClosed);
        CHECK(toys[0].stops == 1 && toys[0].releases == 1 && !toys[0].up);
}

static void a_backend_that_vanishes_is_a_disconnection(void **state)
{
        (void)state;
        in_a_guest(vanished);
}

static void no_access(struct xsd_sockmsg *header, char *payload)
{
        if (header->type == XS_ERROR) {
                header->len = 7;
                memcpy(payload, "EACCES", 7);
        }
}

/* What is below a directory that is gone belongs to nobody the guest may read from: as xenstored says it. */
static void vanished_without_a_trace(void *argument)
{
        (void)argument;
        start();
        add_device(0);
        CHECK(xenbus_probe(&driver) == 1);
        backend_follows = false;
        fake_store.garble = no_access;
        fake_store_set(BACKEND "0", NULL);
        until(0, XenbusStateClosed);
        CHECK(toys[0].stops == 1 && toys[0].releases == 1);
        CHECK(!said("toy"));
}

static void a_backend_that_cannot_be_read_any_more_is_gone(void **state)
{
        (void)state;
        in_a_guest(vanished_without_a_trace);
}

static void holding_on(void *argument)
{
        (void)argument;
        start();
        add_device(0);
        CHECK(xenbus_probe(&driver) == 1);
        backend_follows = false;
        backend_state(0, XenbusStateClosing);
        until(0, XenbusStateClosed);
        CHECK(toys[0].stops == 1 && toys[0].releases == 0); /* it may still use what it was granted */
        fake_compute(XENBUS_TIMEOUT + SECOND / 10);
        CHECK(toys[0].releases == 1);
        CHECK(said("toy0: its backend " BACKEND "0 does not let go of its connection"));
}

static void grants_are_kept_until_the_backend_lets_go_or_takes_too_long(void **state)
{
        (void)state;
        in_a_guest(holding_on);
}

static void broken(void *argument)
{
        (void)argument;
        start();
        add_device(0);
        CHECK(xenbus_probe(&driver) == 1);
        xenbus_fail(&toys[0].device, "its backend lied");
        xenbus_fail(&toys[0].device, "again");
        until(0, XenbusStateClosed);
        fake_compute(20 * MS);
        CHECK(toys[0].stops == 1 && toys[0].releases == 1);
        CHECK(said("toy0: its backend lied; it is not used any more") && !said("again"));
        backend_state(0, XenbusStateInitWait); /* no second chance */
        fake_compute(20 * MS);
        CHECK(toys[0].connects == 1 && frontend_state(0) == XenbusStateClosed);
}

static void a_device_that_failed_is_closed_for_good(void **state)
{
        (void)state;
        in_a_guest(broken);
}

static void stale(void *argument)
{
        (void)argument;
        start();
        add_device(0);
        backend_state(0, XenbusStateConnected); /* to whoever was here before us */
        CHECK(xenbus_probe(&driver) == 1);
        CHECK(toys[0].up && frontend_state(0) == XenbusStateConnected);
        CHECK(toys[0].connects == 1);
}

static void a_backend_connected_to_somebody_else_is_closed_first(void **state)
{
        (void)state;
        in_a_guest(stale);
}

static void granting(void *argument)
{
        static uint8_t memory[3 * 4096] __attribute__((aligned(4096)));
        grant_reference references[3];
        struct xenbus_device device = {.backend_domain = 0};
        (void)argument;
        fake_grant_reset();
        CHECK(xenbus_grant(&device, memory, 3, references) == 0);
        CHECK(fake_grant_use(references[2], true) == memory + 2 * 4096);
        fake_grants_left = 2;
        CHECK(xenbus_grant(&device, memory, 3, references) == -ENOSPC);
        CHECK(fake_grants_used() == 3);
}

static void pages_are_granted_all_or_none(void **state)
{
        (void)state;
        in_a_guest(granting);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_frontend_and_its_backend_connect),
                cmocka_unit_test(a_driver_may_wait_in_initialised),
                cmocka_unit_test(devices_come_in_the_order_of_their_numbers),
                cmocka_unit_test(no_devices_and_no_xen_are_no_error),
                cmocka_unit_test(keys_are_published_again_after_a_conflict),
                cmocka_unit_test(a_backend_that_never_gets_ready_is_named),
                cmocka_unit_test(a_backend_that_never_connects_is_named),
                cmocka_unit_test(a_driver_that_cannot_connect_ends_the_device),
                cmocka_unit_test(a_driver_that_refuses_a_connection_ends_the_device),
                cmocka_unit_test(a_backend_that_ends_every_connection_is_given_up),
                cmocka_unit_test(a_state_that_is_none_ends_the_device),
                cmocka_unit_test(without_answers_from_xenstore_there_are_no_devices),
                cmocka_unit_test(a_backend_that_comes_back_is_connected_again),
                cmocka_unit_test(a_device_that_the_toolstack_takes_away_stays_closed),
                cmocka_unit_test(a_backend_that_vanishes_is_a_disconnection),
                cmocka_unit_test(a_backend_that_cannot_be_read_any_more_is_gone),
                cmocka_unit_test(grants_are_kept_until_the_backend_lets_go_or_takes_too_long),
                cmocka_unit_test(a_device_that_failed_is_closed_for_good),
                cmocka_unit_test(a_backend_connected_to_somebody_else_is_closed_first),
                cmocka_unit_test(pages_are_granted_all_or_none),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
