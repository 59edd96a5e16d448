/* The words of the command line that the platform obeys itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <command_line.h>

static void a_value_ends_at_the_next_blank(void **state)
{
        (void)state;
        size_t length = 0;
        const char *value = command_line_find("a=1 coracle.console=virtio b", "coracle.console", &length);
        assert_non_null(value);
        assert_int_equal(length, 6);
        assert_memory_equal(value, "virtio", 6);
}

static void a_key_must_match_whole_words(void **state)
{
        (void)state;
        size_t length = 0;
        assert_null(command_line_find("xport=1 ports=2 port", "port", &length));
        assert_null(command_line_find("", "port", &length));
}

static void the_last_word_wins(void **state)
{
        (void)state;
        uint64_t value = 0;
        assert_true(command_line_number("p=1 p=0xF4 ", "p", 0xffff, &value));
        assert_int_equal(value, 0xf4);
}

static void words_behind_the_dashes_belong_to_the_program(void **state)
{
        (void)state;
        uint64_t value = 7;
        assert_false(command_line_number("-- p=1", "p", 0xffff, &value));
        assert_true(command_line_number("p=2 --x -- p=1", "p", 0xffff, &value));
        assert_int_equal(value, 2);
}

static void what_is_quoted_is_part_of_its_word(void **state)
{
        static const char *const hidden[] = {
                "'X=a p=1'",     "X='a p=1'",         "X=\"a p=1\"", "X=a\\ p=1", "X=\"a\\\" p=1\"",
                "X='a\\' 'p=1'", "X='\"' Y='\" p=1'", "'X p=1",      "X=\\",      "'a -- ' 'p=1'",
        };
        (void)state;
        uint64_t value = 7;
        for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
                assert_false(command_line_number(hidden[i], "p", 0xffff, &value));
        assert_true(command_line_number("X='a p=1' p=2 Y=\"p=3 \"", "p", 0xffff, &value));
        assert_int_equal(value, 2);
        assert_true(command_line_number("X='a -- b' p=4", "p", 0xffff, &value));
        assert_int_equal(value, 4);
}

static void what_is_not_a_number_in_range_is_refused(void **state)
{
        static const char *const bad[] = {
                "p=", "p=x", "p=0x", "p=12z", "p=0xg", "p=65536", "p=-1", "p=99999999999999999999999", "p=0x10000"};
        (void)state;
        uint64_t value = 7;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_false(command_line_number(bad[i], "p", 0xffff, &value));
        assert_true(command_line_number("p=65535", "p", 0xffff, &value));
        assert_int_equal(value, 65535);
        assert_true(command_line_number("p=18446744073709551615", "p", UINT64_MAX, &value));
        assert_true(value == UINT64_MAX);
        assert_false(command_line_number("p=18446744073709551616", "p", UINT64_MAX, &value));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_value_ends_at_the_next_blank),
                cmocka_unit_test(a_key_must_match_whole_words),
                cmocka_unit_test(the_last_word_wins),
                cmocka_unit_test(words_behind_the_dashes_belong_to_the_program),
                cmocka_unit_test(what_is_quoted_is_part_of_its_word),
                cmocka_unit_test(what_is_not_a_number_in_range_is_refused),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
