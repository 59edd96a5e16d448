/* The clock page's arithmetic, and the line from counter values to nanoseconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pvclock.h>
#include <x86_64/time/tsc_rate.h>

static void ticks_are_scaled_by_fraction_and_shift(void **state)
{
        (void)state;
        /* 4 GHz: 0.25 ns a tick; 1 GHz: shift 1, fraction 0.5; 250 MHz: shift 3, fraction 0.5. */
        struct pvclock_time page = {.tsc_timestamp = 1000, .system_time = 500, .tsc_to_system = 0x40000000};
        assert_int_equal(pvclock_nanoseconds(&page, 5000), 500 + 1000);
        page.tsc_to_system = 0x80000000;
        page.tsc_shift = 1;
        assert_int_equal(pvclock_nanoseconds(&page, 5000), 500 + 4000);
        page.tsc_shift = 3;
        assert_int_equal(pvclock_nanoseconds(&page, 5000), 500 + 16000);
        page.tsc_shift = -1;
        assert_int_equal(pvclock_nanoseconds(&page, 5000), 500 + 1000);
}

static void a_century_of_ticks_does_not_overflow(void **state)
{
        (void)state;
        const struct pvclock_time page = {.tsc_to_system = 0x80000000, .tsc_shift = -1}; /* 4 GHz */
        const uint64_t century = 100ull * 365 * 86400;
        assert_true(pvclock_nanoseconds(&page, century * 4000000000ull) == century * 1000000000ull);
}

static void a_counter_before_the_time_stamp_gives_an_earlier_time(void **state)
{
        (void)state;
        const struct pvclock_time page = {.tsc_timestamp = 10000, .system_time = 3000, .tsc_to_system = 0x80000000};
        assert_int_equal(pvclock_nanoseconds(&page, 8000), 2000);
        assert_int_equal(pvclock_nanoseconds(&page, 0), 0);
}

static void a_page_without_a_rate_is_no_clock(void **state)
{
        (void)state;
        struct pvclock_time page = {0};
        struct pvclock_time copy;
        assert_false(pvclock_snapshot(&page, &copy));
        page.tsc_to_system = 1;
        page.tsc_shift = 32;
        assert_false(pvclock_snapshot(&page, &copy));
        page.tsc_shift = 31;
        assert_true(pvclock_snapshot(&page, &copy));
}

static void a_page_that_stays_half_written_is_no_clock(void **state)
{
        (void)state;
        struct pvclock_time page = {.version = 3, .tsc_to_system = 1};
        struct pvclock_time copy;
        assert_false(pvclock_snapshot(&page, &copy));
}

static void the_wall_clock_is_seconds_and_nanoseconds(void **state)
{
        (void)state;
        struct pvclock_wall wall = {.version = 2, .seconds = 1795264496, .nanoseconds = 5};
        uint64_t epoch = 0;
        assert_true(pvclock_wall_read(&wall, NULL, &epoch));
        assert_true(epoch == 1795264496000000005ull);
        wall.seconds = 0;
        assert_false(pvclock_wall_read(&wall, NULL, &epoch));
        wall.seconds = 1;
        wall.nanoseconds = 1000000000;
        assert_false(pvclock_wall_read(&wall, NULL, &epoch));
}

static void xens_seconds_have_an_upper_half(void **state)
{
        (void)state;
        const struct pvclock_wall wall = {.version = 2, .seconds = 4, .nanoseconds = 5};
        uint32_t high = 1;
        uint64_t epoch = 0;
        assert_true(pvclock_wall_read(&wall, &high, &epoch));
        assert_true(epoch == 4294967300000000005ull);
        high = 5; /* beyond what 64 bits of nanoseconds hold */
        assert_false(pvclock_wall_read(&wall, &high, &epoch));
}

static void the_hypervisors_leaf_comes_before_the_crystal_and_the_nominal_rate(void **state)
{
        (void)state;
        struct tsc_leaves leaves = {.crystal = {2, 200, 24000000, 0}, .frequency = {2300, 0, 0, 0}};
        struct tsc_rate rate;
        assert_true(tsc_rate_from_leaves(&leaves, &rate));
        assert_int_equal(rate.hertz, 2400000000u);
        assert_int_equal(tsc_rate_error_ppm(&rate), 0);
        leaves.hypervisor.eax = 2596096;
        assert_true(tsc_rate_from_leaves(&leaves, &rate));
        assert_int_equal(rate.hertz, 2596096000u);
        leaves.hypervisor.eax = 1; /* nonsense */
        leaves.crystal.ecx = 0;
        assert_true(tsc_rate_from_leaves(&leaves, &rate));
        assert_int_equal(rate.hertz, 2300000000u);
        assert_true(tsc_rate_error_ppm(&rate) > 0);
        memset(&leaves, 0, sizeof(leaves));
        assert_false(tsc_rate_from_leaves(&leaves, &rate));
}

static void two_readings_give_the_rate_and_its_bounds(void **state)
{
        (void)state;
        const struct timer_reading first = {.left = 9000000, .before = 1000, .after = 3000};
        const struct timer_reading second = {.left = 8000000, .before = 2501000, .after = 2503000};
        struct tsc_rate rate;
        assert_true(tsc_rate_from_readings(&first, &second, 1000000000, &rate));
        assert_in_range(rate.hertz, 2499990000u, 2500010000u);
        assert_in_range(tsc_rate_error_ppm(&rate), 700, 900); /* 2,000 of 2,500,000 ticks either way */
        assert_true(rate.low < 2500000000u && rate.high > 2500000000u);
}

static void each_measurement_narrows_the_rate_down(void **state)
{
        (void)state;
        struct tsc_rate rate = {.hertz = 2500000000u, .low = 2400000000u, .high = 2600000000u};
        const struct tsc_rate better = {.hertz = 2460000000u, .low = 2420000000u, .high = 2500000000u};
        assert_true(tsc_rate_narrow(&rate, &better));
        assert_int_equal(rate.hertz, 2460000000u);
        assert_int_equal(rate.low, 2420000000u);
        assert_int_equal(rate.high, 2500000000u);
        assert_false(tsc_rate_narrow(&rate, &better)); /* nothing new */
        const struct tsc_rate other = {.hertz = 3, .low = 2, .high = 4};
        assert_false(tsc_rate_narrow(&rate, &other)); /* a contradiction */
        assert_int_equal(rate.hertz, 2460000000u);
}

static void readings_without_sense_are_refused(void **state)
{
        (void)state;
        struct tsc_rate rate;
        struct timer_reading first = {.left = 1000010, .before = 1, .after = 2};
        struct timer_reading second = {.left = 1000000, .before = 30, .after = 31};
        assert_false(tsc_rate_from_readings(&first, &second, 1000000000, &rate)); /* too close */
        second.left = 10;
        assert_false(tsc_rate_from_readings(&first, &second, 1000000000, &rate)); /* 29 kHz */
        second.before = 2500000;
        second.after = 2500001;
        assert_true(tsc_rate_from_readings(&first, &second, 1000000000, &rate));
        assert_false(tsc_rate_from_readings(&second, &first, 1000000000, &rate)); /* went back */
        second.arming = 1;
        assert_false(tsc_rate_from_readings(&first, &second, 1000000000, &rate));
}

static void a_turned_line_is_continuous_and_never_goes_back(void **state)
{
        (void)state;
        struct tsc_line line = {.base_tsc = 1000};
        tsc_line_turn(&line, 1000, 2000000000);
        assert_int_equal(tsc_line_at(&line, 500), 0);
        assert_int_equal(tsc_line_at(&line, 2000001000), 1000000000);
        tsc_line_turn(&line, 2000001000, 4000000000);
        assert_int_equal(tsc_line_at(&line, 2000001000), 1000000000);
        assert_int_equal(tsc_line_at(&line, 6000001000), 2000000000);
        uint64_t last = 0;
        for (uint64_t tsc = 0; tsc < 3000000; tsc += 1009) {
                if (tsc % 50 == 0)
                        tsc_line_turn(&line, tsc + 6000001000, 1000000000 + tsc * 1000);
                const uint64_t now = tsc_line_at(&line, tsc + 6000001000);
                assert_true(now >= last);
                last = now;
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(ticks_are_scaled_by_fraction_and_shift),
                cmocka_unit_test(a_century_of_ticks_does_not_overflow),
                cmocka_unit_test(a_counter_before_the_time_stamp_gives_an_earlier_time),
                cmocka_unit_test(a_page_without_a_rate_is_no_clock),
                cmocka_unit_test(a_page_that_stays_half_written_is_no_clock),
                cmocka_unit_test(the_wall_clock_is_seconds_and_nanoseconds),
                cmocka_unit_test(xens_seconds_have_an_upper_half),
                cmocka_unit_test(the_hypervisors_leaf_comes_before_the_crystal_and_the_nominal_rate),
                cmocka_unit_test(two_readings_give_the_rate_and_its_bounds),
                cmocka_unit_test(each_measurement_narrows_the_rate_down),
                cmocka_unit_test(readings_without_sense_are_refused),
                cmocka_unit_test(a_turned_line_is_continuous_and_never_goes_back),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
