/* What the toolstack writes to control/shutdown, what libos hears of it, and the reason that the domain ends with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include <coracle/log.h>
#include <power.h>
#include <xen/hypercall.h>
#include <xen/power/power.h>
#include <xen/store/xenstore.h>

#include <xen/sched.h>

#include "fake/child.h"

static char word[XENSTORE_VALUE_MAX]; /* control/shutdown */
static int store_error;               /* of every read */
static bool is_xen = true;
static unsigned features, warnings;
static struct xenstore_watch *watch;
static unsigned requests;
static enum platform_request requested;
static unsigned reason;

/* ---- What the code under test stands on ---- */

static void on_request(enum platform_request request)
{
        requests++;
        requested = request;
}

const struct platform_hooks libos_hooks = {.power_request = on_request};

void acpi_power_listen(void)
{
}

bool xen_is_present(void)
{
        return is_xen;
}

void xen_shutdown(unsigned why)
{
        reason = why;
}

void log_write(enum log_level level, const char *room, const char *format, ...)
{
        (void)room;
        (void)format;
        warnings += level == LOG_WARNING;
}

int xenstore_watch(struct xenstore_watch *new)
{
        watch = new;
        assert_string_equal(new->path, "control/shutdown");
        return 0;
}

int xenstore_read(xenstore_transaction transaction, const char *directory, const char *name, char *value, size_t bytes)
{
        assert_int_equal(transaction, 7);
        assert_string_equal(directory, "control");
        assert_string_equal(name, "shutdown");
        if (store_error != 0)
                return store_error;
        return snprintf(value, bytes, "%s", word);
}

int xenstore_write(xenstore_transaction transaction, const char *directory, const char *name, const char *value)
{
        (void)transaction;
        assert_string_equal(directory, "control");
        if (strcmp(name, "shutdown") == 0) {
                assert_string_equal(value, "");
                word[0] = '\0';
        } else {
                assert_string_equal(value, "1");
                features++;
        }
        return 0;
}

int xenstore_transact(int (*body)(xenstore_transaction transaction, void *ctx), void *ctx)
{
        return body(7, ctx);
}

static void toolstack_writes(const char *text)
{
        strcpy(word, text);
        watch->changed(watch->ctx);
}

/* ---- Tests ---- */

static void quiet(void)
{
        platform_power_listen();
        watch->changed(watch->ctx); /* the call that every watch begins with */
        child_check(features == 2 && requests == 0 && warnings == 0);
        watch->changed(watch->ctx);
        child_check(features == 2);
        xen_end(0);
        child_check(reason == SHUTDOWN_poweroff);
        xen_end(1);
        child_check(reason == SHUTDOWN_crash);
        xen_end(143);
        child_check(reason == SHUTDOWN_crash);
}

static void without_a_request_the_status_decides(void **state)
{
        (void)state;
        in_a_child(quiet);
}

static void power_off(void)
{
        platform_power_listen();
        toolstack_writes("poweroff");
        child_check(requests == 1 && requested == PLATFORM_REQUEST_POWER_OFF && word[0] == '\0');
        xen_end(143);
        child_check(reason == SHUTDOWN_poweroff);
        xen_end(134); /* it crashed all the same */
        child_check(reason == SHUTDOWN_crash);
}

static void a_power_off_is_acknowledged_and_carried_out(void **state)
{
        (void)state;
        in_a_child(power_off);
}

static void halt(void)
{
        platform_power_listen();
        toolstack_writes("halt");
        child_check(requests == 1 && requested == PLATFORM_REQUEST_POWER_OFF);
}

static void a_halt_is_a_power_off(void **state)
{
        (void)state;
        in_a_child(halt);
}

static void reboot(void)
{
        platform_power_listen();
        toolstack_writes("reboot");
        child_check(requests == 1 && requested == PLATFORM_REQUEST_REBOOT && word[0] == '\0');
        xen_end(0);
        child_check(reason == SHUTDOWN_reboot);
}

static void a_reboot_is_carried_out_as_one(void **state)
{
        (void)state;
        in_a_child(reboot);
}

static void twice(void)
{
        platform_power_listen();
        toolstack_writes("reboot");
        toolstack_writes("poweroff");
        child_check(requests == 1);
        xen_end(143);
        child_check(reason == SHUTDOWN_poweroff);
}

static void the_program_hears_of_the_first_and_the_last_is_carried_out(void **state)
{
        (void)state;
        in_a_child(twice);
}

static void nonsense(void)
{
        platform_power_listen();
        toolstack_writes("suspend");
        child_check(requests == 0 && warnings == 1 && word[0] == '\0');
        toolstack_writes("");
        store_error = -ENOENT;
        watch->changed(watch->ctx);
        store_error = -EIO;
        watch->changed(watch->ctx);
        child_check(requests == 0 && warnings == 1);
}

static void what_is_not_understood_is_taken_away_and_warned_about(void **state)
{
        (void)state;
        in_a_child(nonsense);
}

static void off_xen_nothing_is_watched_or_ended(void **state)
{
        (void)state;
        is_xen = false;
        watch = NULL;
        reason = 99;
        platform_power_listen();
        assert_null(watch);
        xen_end(0);
        assert_int_equal(reason, 99);
        is_xen = true;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(without_a_request_the_status_decides),
                cmocka_unit_test(a_power_off_is_acknowledged_and_carried_out),
                cmocka_unit_test(a_halt_is_a_power_off),
                cmocka_unit_test(a_reboot_is_carried_out_as_one),
                cmocka_unit_test(the_program_hears_of_the_first_and_the_last_is_carried_out),
                cmocka_unit_test(what_is_not_understood_is_taken_away_and_warned_about),
                cmocka_unit_test(off_xen_nothing_is_watched_or_ended),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
