/* The handshake of frontends, with a toy driver, up to the first connection; see xenbus_again.c for what follows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fake/platform.h>
#include <fake/toy.h>
#include <fake/xen_event.h>
#include <fake/xenstored.h>
#include <xen/bus/xenbus.h>

static void in_a_guest(void (*scenario)(void *))
{
        assert_int_equal(fake_run(NULL, scenario, NULL), 0);
}

/* ---- Connecting ---- */

static void connecting(void *argument)
{
        (void)argument;
        start();
        add_device(0);
        CHECK(xenbus_probe(&toy_driver) == 1);
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
        toy_driver.ready_state = XenbusStateInitialised;
        add_device(0);
        CHECK(xenbus_probe(&toy_driver) == 1);
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
        CHECK(xenbus_probe(&toy_driver) == 3);
        CHECK(toy_order[0] == 0 && toy_order[1] == 2 && toy_order[2] == 10);
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
        CHECK(xenbus_probe(&toy_driver) == 0);
        CHECK(fake_output[0] == '\0');
}

static void off_xen(void *argument)
{
        (void)argument;
        start();
        fake_off_xen = true;
        CHECK(xenbus_probe(&toy_driver) == 0);
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
        CHECK(xenbus_probe(&toy_driver) == 1);
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
        CHECK(xenbus_probe(&toy_driver) == 1); /* the other one works */
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
        CHECK(xenbus_probe(&toy_driver) == 0);
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
        toy_connect_error = -ENOMEM;
        add_device(0);
        CHECK(xenbus_probe(&toy_driver) == 0);
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
        toy_connected_error = -EIO;
        add_device(0);
        CHECK(xenbus_probe(&toy_driver) == 0);
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
        CHECK(xenbus_probe(&toy_driver) == 0);
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
        CHECK(xenbus_probe(&toy_driver) == 0);
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
        CHECK(xenbus_probe(&toy_driver) == 0);
        CHECK(said("xenstore does not answer"));
        CHECK(said("the list of toy devices cannot be read"));
}

static void without_answers_from_xenstore_there_are_no_devices(void **state)
{
        (void)state;
        in_a_guest(silent_store);
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
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
