/* Dates of the real-time clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <rtc/rtc.h>

#define BINARY_24 0x06
#define BCD_24    0x02
#define BCD_12    0x00

static uint64_t decode(struct rtc_registers registers)
{
        uint64_t seconds = 0;
        assert_true(rtc_decode(&registers, &seconds));
        return seconds;
}

static void a_date_in_bcd_is_read(void **state)
{
        (void)state;
        const struct rtc_registers registers = {.second = 0x56,
                                                .minute = 0x34,
                                                .hour = 0x12,
                                                .day = 0x21,
                                                .month = 0x11,
                                                .year = 0x26,
                                                .century = 0x20,
                                                .status_b = BCD_24};
        assert_int_equal(decode(registers), 1795264496); /* 2026-11-21 12:34:56 */
}

static void a_date_in_binary_is_read(void **state)
{
        (void)state;
        const struct rtc_registers registers = {.second = 59,
                                                .minute = 59,
                                                .hour = 23,
                                                .day = 29,
                                                .month = 2,
                                                .year = 0,
                                                .century = 20,
                                                .status_b = BINARY_24};
        assert_int_equal(decode(registers), 951868799); /* 2000-02-29 23:59:59 */
}

static void the_first_second_of_1970_is_0(void **state)
{
        (void)state;
        const struct rtc_registers registers = {.day = 1, .month = 1, .year = 70, .century = 19, .status_b = BINARY_24};
        assert_int_equal(decode(registers), 0);
}

static void noon_and_midnight_of_a_12_hour_clock_are_12(void **state)
{
        (void)state;
        struct rtc_registers registers = {.day = 1, .month = 1, .year = 0x70, .century = 0x19, .status_b = BCD_12};
        registers.hour = 0x12;
        assert_int_equal(decode(registers), 0);
        registers.hour = 0x92;
        assert_int_equal(decode(registers), 12 * 3600);
        registers.hour = 0x91;
        assert_int_equal(decode(registers), 23 * 3600);
        registers.hour = 0x81;
        assert_int_equal(decode(registers), 13 * 3600);
}

static void without_a_century_register_it_is_the_21st(void **state)
{
        (void)state;
        struct rtc_registers registers = {.day = 0x01, .month = 0x03, .year = 0x24, .status_b = BCD_24};
        const uint64_t expected = 1709251200; /* 2024-03-01 */
        assert_int_equal(decode(registers), expected);
        registers.century = 0xff;
        registers.status_b = BINARY_24;
        registers.day = 1;
        registers.month = 3;
        registers.year = 24;
        assert_int_equal(decode(registers), expected);
}

static void what_is_not_a_date_is_no_clock(void **state)
{
        (void)state;
        const struct rtc_registers good = {.second = 1,
                                           .minute = 1,
                                           .hour = 1,
                                           .day = 28,
                                           .month = 2,
                                           .year = 23,
                                           .century = 20,
                                           .status_b = BINARY_24};
        uint64_t seconds;
        struct rtc_registers bad = good;
        assert_true(rtc_decode(&bad, &seconds));
        bad.day = 29; /* 2023 is no leap year */
        assert_false(rtc_decode(&bad, &seconds));
        bad = good;
        bad.second = 60;
        assert_false(rtc_decode(&bad, &seconds));
        bad = good;
        bad.hour = 24;
        assert_false(rtc_decode(&bad, &seconds));
        bad = good;
        bad.month = 13;
        assert_false(rtc_decode(&bad, &seconds));
        bad = good;
        bad.day = 0;
        assert_false(rtc_decode(&bad, &seconds));
        memset(&bad, 0xff, sizeof(bad)); /* nobody drives the bus */
        assert_false(rtc_decode(&bad, &seconds));
        bad.status_b = BCD_24;
        assert_false(rtc_decode(&bad, &seconds));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_date_in_bcd_is_read),
                cmocka_unit_test(a_date_in_binary_is_read),
                cmocka_unit_test(the_first_second_of_1970_is_0),
                cmocka_unit_test(noon_and_midnight_of_a_12_hour_clock_are_12),
                cmocka_unit_test(without_a_century_register_it_is_the_21st),
                cmocka_unit_test(what_is_not_a_date_is_no_clock),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
