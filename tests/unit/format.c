/* The library OS's own formatting, beside the C library's where the two know the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <coracle/log.h>

#define SAME(...)                                                                                                      \
        do {                                                                                                           \
                char ours[200], theirs[200];                                                                           \
                int wanted = snprintf(theirs, sizeof(theirs), __VA_ARGS__);                                            \
                assert_int_equal(format_text(ours, sizeof(ours), __VA_ARGS__), wanted);                                \
                assert_string_equal(ours, theirs);                                                                     \
        } while (0)

static void numbers_are_as_printf_has_them(void **state)
{
        (void)state;
        SAME("%d %i %u %x", -5, 7, 4000000000u, 0xdeadbeefu);
        SAME("%d %d %d", INT_MAX, INT_MIN, 0);
        SAME("%ld %lu %lx %lld %llu", LONG_MIN, ULONG_MAX, ULONG_MAX, LLONG_MIN, ULLONG_MAX);
        SAME("%zu %zd", SIZE_MAX, (ssize_t)-1);
        SAME("[%5d] [%-5d] [%05d] [%05d] [%1d]", 42, 42, 42, -42, 12345);
        SAME("[%8x] [%-8x] [%08x]", 0xabcu, 0xabcu, 0xabcu);
        SAME("%p", (void *)0x1234);
}

static void text_is_as_printf_has_it(void **state)
{
        (void)state;
        SAME("%s|%10s|%-10s|%2s", "abc", "abc", "abc", "abc");
        SAME("%c%c|%3c|%-3c|", 'a', 'b', 'c', 'd');
        SAME("100%% plain");
        SAME("%s", "");
}

/* Without the compiler's check of the format. */
static void formatted(char *text, size_t bytes, const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        format_text_v(text, bytes, format, arguments);
        va_end(arguments);
}

static void a_null_string_and_an_unknown_conversion_show_themselves(void **state)
{
        char text[50];
        (void)state;
        formatted(text, sizeof(text), "[%s]", (char *)NULL);
        assert_string_equal(text, "[(null)]");
        formatted(text, sizeof(text), "%d %q %", 5);
        assert_string_equal(text, "5 %q %");
}

static void what_does_not_fit_is_cut_and_counted(void **state)
{
        char text[8];
        (void)state;
        assert_int_equal(format_text(text, sizeof(text), "%s %d", "abcdef", 123), 10);
        assert_string_equal(text, "abcdef ");
        assert_int_equal(format_text(text, 1, "xyz"), 3);
        assert_string_equal(text, "");
        assert_int_equal(format_text(NULL, 0, "xyz"), 3);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(numbers_are_as_printf_has_them),
                cmocka_unit_test(text_is_as_printf_has_it),
                cmocka_unit_test(a_null_string_and_an_unknown_conversion_show_themselves),
                cmocka_unit_test(what_does_not_fit_is_cut_and_counted),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
