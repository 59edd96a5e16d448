/* Connections of frontends that end, and begin again; the pages that are granted to a backend. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fake/platform.h>
#include <fake/toy.h>
#include <fake/xen_grant.h>
#include <fake/xenstored.h>
#include <xen/bus/xenbus.h>

static void in_a_guest(void (*scenario)(void *))
{
        assert_int_equal(fake_run(NULL, scenario, NULL), 0);
}

/* ---- Disconnecting and coming back ---- */

static void coming_back(void *argument)
{
        (void)argument;
        start();
        add_device(0);
        CHECK(xenbus_probe(&toy_driver) == 1);
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
        CHECK(xenbus_probe(&toy_driver) == 1);
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
        CHECK(xenbus_probe(&toy_driver) == 1);
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
        CHECK(xenbus_probe(&toy_driver) == 1);
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
        CHECK(xenbus_probe(&toy_driver) == 1);
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
        CHECK(xenbus_probe(&toy_driver) == 1);
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
        CHECK(xenbus_probe(&toy_driver) == 1);
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
