/* Crash reports in console output: found whatever the pieces they come in, and everything else left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tools/cli/run/crash.h"

/* Instead of libdw: addresses from 0x1000 to 0x1fff are known. */
struct symbols {
        int opened;
};

static struct symbols only;

struct symbols *symbols_open(const char *path)
{
        if (path[0] == '\0')
                return NULL;
        only.opened++;
        return &only;
}

void symbols_close(struct symbols *symbols)
{
        (void)symbols;
}

bool symbols_add_function(struct symbols *symbols, uint64_t address, struct text *text)
{
        (void)symbols;
        if (address < 0x1000 || address > 0x1fff)
                return false;
        text_add(text, "f%llx a.c:%llu", (unsigned long long)address, (unsigned long long)(address - 0x1000));
        return true;
}

bool symbols_add_line(struct symbols *symbols, uint64_t address, struct text *text)
{
        (void)symbols;
        if (address < 0x1000 || address > 0x1fff)
                return false;
        text_add(text, "a.c:%llu", (unsigned long long)(address - 0x1000));
        return true;
}

/* The output for `input` given in pieces of `piece` bytes. */
static char *filtered(const char *path, const char *input, size_t piece)
{
        struct crash_filter filter = {.path = path, .at_line_start = true};
        struct text out = {0};
        text_add_bytes(&out, "", 0);
        for (size_t left = strlen(input); left != 0;) {
                const size_t part = left < piece ? left : piece;
                crash_filter(&filter, input, part, &out);
                input += part;
                left -= part;
        }
        crash_filter_flush(&filter, &out);
        crash_filter_close(&filter);
        return out.bytes;
}

static void assert_becomes(const char *input, const char *wanted)
{
        for (size_t piece = 1; piece <= strlen(input) + 1; piece++) {
                char *out = filtered("x.elf", input, piece);
                assert_string_equal(out, wanted);
                free(out);
        }
}

static void a_report_is_named(void **state)
{
        (void)state;
        assert_becomes(
                "text\n\n*** crash: page fault: write to text at 0x100c\n    rip 0x1 rsp 0x2\n  #0 0x100c\n"
                "  #1 0x1011\n  #2 0x5000 (outside the image)\n  #10 0x1021\n*** end of crash report, exit status 134\n"
                "  #1 0x1011\n",
                "text\n\n*** crash: page fault: write to text at a.c:12\n    rip 0x1 rsp 0x2\n  #0 f100c a.c:12\n"
                "  #1 f1010 a.c:16\n  #2 0x5000 (outside the image)\n  #10 f1020 a.c:32\n"
                "*** end of crash report, exit status 134\n  #1 0x1011\n");
}

static void carriage_returns_are_kept(void **state)
{
        (void)state;
        assert_becomes("*** crash: x at 0x1002\r\n  #0 0x1002\r\n", "*** crash: x at a.c:2\r\n  #0 f1002 a.c:2\r\n");
}

static void unknown_addresses_are_left_alone(void **state)
{
        (void)state;
        static const char text[] =
                "*** crash: x at 0x9\n  #0 0x9\n  #1 0x2001\n  #2 0x1g\n  #3 1002\n  #x 0x1002\n  # 0x1002\n"
                "  #4 0x100200000000000000000000\n #0 0x1002\n  #0  0x1002\n";
        assert_becomes(text, text);
}

static void ordinary_output_is_left_alone(void **state)
{
        (void)state;
        static const char text[] = "*** hello\n*\n**\n***\n*** crash\n *** crash: a at 0x1002\nx*** crash: a at "
                                   "0x1002\n  #0 0x1002\n*** c";
        assert_becomes(text, text);
}

static void a_reason_may_contain_at(void **state)
{
        (void)state;
        assert_becomes("*** crash: assertion failed: x at y, look at z at 0x1001\n",
                       "*** crash: assertion failed: x at y, look at z at a.c:1\n");
}

static void without_symbols_nothing_changes(void **state)
{
        (void)state;
        static const char text[] = "*** crash: x at 0x1002\n  #0 0x1002\n";
        char *out = filtered("", text, 5);
        assert_string_equal(out, text);
        free(out);
}

static void an_endless_line_is_not_held(void **state)
{
        (void)state;
        struct crash_filter filter = {.path = "x.elf", .at_line_start = true};
        struct text out = {0};
        crash_filter(&filter, "*** crash: ", 11, &out);
        assert_int_equal(out.length, 0);
        for (int i = 0; i < 10000; i++)
                crash_filter(&filter, "x", 1, &out);
        assert_true(out.length > 9000);
        crash_filter_close(&filter);
        text_free(&out);
}

static void symbols_are_read_for_reports_only(void **state)
{
        (void)state;
        only.opened = 0;
        free(filtered("x.elf", "hello\n  #0 0x1002\n", 100));
        assert_int_equal(only.opened, 0);
        free(filtered("x.elf", "*** crash: x at 0x1002\n  #0 0x1002\n", 100));
        assert_int_equal(only.opened, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_report_is_named),
                cmocka_unit_test(carriage_returns_are_kept),
                cmocka_unit_test(unknown_addresses_are_left_alone),
                cmocka_unit_test(ordinary_output_is_left_alone),
                cmocka_unit_test(a_reason_may_contain_at),
                cmocka_unit_test(without_symbols_nothing_changes),
                cmocka_unit_test(an_endless_line_is_not_held),
                cmocka_unit_test(symbols_are_read_for_reports_only),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
