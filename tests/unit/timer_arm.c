/* The one-shot timer and idling, against a fake nucleus. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include <platform.h>
#include <x86_64/time/timer.h>
#include <x86_64/time/timer_device.h>

#include "fake/gate.h"

static unsigned hook_calls;

static void count_call(void)
{
        hook_calls++;
}

/* This is not Xen. */
const struct timer_device *timer_of_xen(void)
{
        return NULL;
}

const struct platform_hooks libos_hooks = {.timer = count_call};

/* The timer rings: whether libos hears of it. */
static bool timer_expired(void)
{
        const unsigned before = hook_calls;
        timer_interrupt();
        return hook_calls != before;
}

static int set_up(void **state)
{
        (void)state;
        fake_gate_reset();
        fake_gate.now = 1000000;
        platform_timer_arm(PLATFORM_FOREVER);
        (void)timer_expired();
        fake_gate.arms = 0;
        return 0;
}

static void a_deadline_arms_the_nanoseconds_that_are_left(void **state)
{
        (void)state;
        platform_timer_arm(1500000);
        assert_int_equal(fake_gate.arms, 1);
        assert_in_range(fake_gate.armed, 500000, 500001);
}

static void xen_counts_in_units_of_10_ns(void **state)
{
        (void)state;
        fake_gate.boot.hypervisor = GATE_HV_XEN;
        platform_timer_arm(1500000);
        assert_in_range(fake_gate.armed, 50000, 50001);
}

static void a_deadline_in_the_past_rings_at_once(void **state)
{
        (void)state;
        platform_timer_arm(5);
        assert_in_range(fake_gate.armed, 1, 1);
        assert_true(timer_expired());
}

static void a_later_deadline_leaves_the_running_timer_alone_and_is_still_met(void **state)
{
        (void)state;
        platform_timer_arm(2000000);
        platform_timer_arm(3000000);
        assert_int_equal(fake_gate.arms, 1);
        fake_gate.now = 2000001;
        assert_false(timer_expired()); /* rang for the first deadline */
        assert_int_equal(fake_gate.arms, 2);
        assert_in_range(fake_gate.armed, 999999, 1000000);
        fake_gate.now = 3000000;
        assert_true(timer_expired());
        assert_false(timer_expired());
}

static void an_earlier_deadline_is_armed(void **state)
{
        (void)state;
        platform_timer_arm(3000000);
        platform_timer_arm(2000000);
        assert_int_equal(fake_gate.arms, 2);
        fake_gate.now = 2000000;
        assert_true(timer_expired());
}

static void a_wait_beyond_the_counter_is_made_of_stages(void **state)
{
        (void)state;
        const uint64_t deadline = fake_gate.now + 10000000000ull;
        platform_timer_arm(deadline);
        unsigned stages = 0;
        do {
                assert_true(fake_gate.armed <= 0xffffffffu);
                fake_gate.now += fake_gate.armed;
                stages++;
        } while (!timer_expired());
        assert_int_equal(stages, 4); /* the last one is the short rest */
        assert_in_range(fake_gate.now - deadline, 0, 10);
}

static void a_long_wait_is_punctual_on_a_clock_that_runs_fast(void **state)
{
        (void)state;
        const uint64_t deadline = fake_gate.now + 6000000000ull;
        platform_timer_arm(deadline);
        do {
                fake_gate.now += fake_gate.armed + fake_gate.armed / 2000; /* 0.05 % */
        } while (!timer_expired());
        assert_in_range(fake_gate.now - deadline, 0, 60000);
}

static void a_disarmed_timer_that_rings_finds_nothing_due(void **state)
{
        (void)state;
        platform_timer_arm(2000000);
        platform_timer_arm(PLATFORM_FOREVER);
        fake_gate.now = 3000000;
        assert_false(timer_expired());
}

static void idle_returns_at_once_when_an_interrupt_is_pending(void **state)
{
        (void)state;
        fake_gate.page.interrupts_pending = 1;
        assert_int_equal(platform_idle(PLATFORM_FOREVER), 0);
        assert_int_equal(fake_gate.idles, 0);
}

static void idle_with_a_past_deadline_does_not_sleep(void **state)
{
        (void)state;
        assert_int_equal(platform_idle(1000000), -ETIME);
        assert_int_equal(fake_gate.idles, 0);
}

static void idle_sleeps_until_its_deadline(void **state)
{
        (void)state;
        fake_gate.idle_takes = 300000;
        assert_int_equal(platform_idle(2000000), -ETIME);
        assert_int_equal(fake_gate.idles, 4);
        assert_true(fake_gate.now >= 2000000);
}

static void idle_ends_with_an_interrupt(void **state)
{
        (void)state;
        fake_gate.idle_brings_interrupt = true;
        assert_int_equal(platform_idle(PLATFORM_FOREVER), 0);
        assert_int_equal(fake_gate.idles, 1);
}

static void idling_does_not_forget_the_armed_deadline(void **state)
{
        (void)state;
        platform_timer_arm(9000000);
        fake_gate.idle_takes = 1000000;
        assert_int_equal(platform_idle(2000000), -ETIME);
        fake_gate.now = 2500000;
        assert_false(timer_expired()); /* the idle deadline's ring; the timer runs on for the other */
        assert_in_range(fake_gate.armed, 6500000, 6500001);
        fake_gate.now = 9000000;
        assert_true(timer_expired());
}

static void a_reading_belongs_to_one_arming(void **state)
{
        (void)state;
        struct timer_reading first;
        struct timer_reading second;
        platform_timer_arm(3000000);
        fake_gate.timer_left = 500000;
        assert_true(apic_timer_read(&first));
        assert_int_equal(first.left, 500000);
        assert_true(first.before <= first.after);
        assert_true(apic_timer_read(&second));
        assert_int_equal(first.arming, second.arming);
        platform_timer_arm(2000000);
        assert_true(apic_timer_read(&second));
        assert_int_not_equal(first.arming, second.arming);
        fake_gate.timer_left = 0;
        assert_false(apic_timer_read(&first));
        fake_gate.timer_left = 5000000;
        assert_false(apic_timer_read(&first));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(a_deadline_arms_the_nanoseconds_that_are_left),
                TEST(xen_counts_in_units_of_10_ns),
                TEST(a_deadline_in_the_past_rings_at_once),
                TEST(a_later_deadline_leaves_the_running_timer_alone_and_is_still_met),
                TEST(an_earlier_deadline_is_armed),
                TEST(a_wait_beyond_the_counter_is_made_of_stages),
                TEST(a_long_wait_is_punctual_on_a_clock_that_runs_fast),
                TEST(a_disarmed_timer_that_rings_finds_nothing_due),
                TEST(idle_returns_at_once_when_an_interrupt_is_pending),
                TEST(idle_with_a_past_deadline_does_not_sleep),
                TEST(idle_sleeps_until_its_deadline),
                TEST(idle_ends_with_an_interrupt),
                TEST(idling_does_not_forget_the_armed_deadline),
                TEST(a_reading_belongs_to_one_arming),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
