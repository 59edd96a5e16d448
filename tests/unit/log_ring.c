/* The log: what reaches the console, and which lines a crash report finds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <coracle/log.h>
#include <coracle/sched.h>
#include <libos/core/log_ring.h>
#include <platform.h>

static char console[2000];
static char lines[20000];
static unsigned line_count;

void platform_console_write(const void *data, size_t bytes)
{
        strncat(console, data, bytes);
}

uint64_t platform_clock_monotonic(void)
{
        return 12345678901;
}

void spin_lock(struct spinlock *lock)
{
        assert_false(atomic_flag_test_and_set(&lock->held));
}

void spin_unlock(struct spinlock *lock)
{
        atomic_flag_clear(&lock->held);
}

static void collect(const char *text, size_t length)
{
        strncat(lines, text, length);
        strcat(lines, "|");
        line_count++;
}

static const char *last(unsigned count)
{
        lines[0] = '\0';
        line_count = 0;
        log_last_lines(count, collect);
        return lines;
}

static void only_warnings_and_errors_reach_a_quiet_console(void **state)
{
        (void)state;
        assert_string_equal(last(5), "");
        log_info("a", "note %d", 1);
        log_warning("b", "warning");
        log_error("c", "error");
        assert_string_equal(console, "[b] warning\n[c] error\n");
        assert_string_equal(last(10), "[a] note 1|[b] warning|[c] error|");
        assert_string_equal(last(2), "[b] warning|[c] error|");
        assert_string_equal(last(1), "[c] error|");
}

static void a_verbose_console_shows_all_with_the_time(void **state)
{
        (void)state;
        console[0] = '\0';
        log_set_verbose(true);
        log_info("a", "note");
        log_set_verbose(false);
        assert_string_equal(console, " 12.345678 [a] note\n");
}

static void a_long_line_is_cut_and_shows_it(void **state)
{
        char text[500];
        (void)state;
        memset(text, 'x', sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        log_info("room", "%s", text);
        last(1);
        assert_int_equal(strlen(lines), 254 + 1);
        assert_string_equal(lines + 254 - 5, "xx...|");
        char room[400];
        memset(room, 'r', sizeof(room) - 1);
        room[sizeof(room) - 1] = '\0';
        log_info(room, "text");
        last(1);
        assert_int_equal(line_count, 1);
}

static void the_ring_keeps_the_newest_lines(void **state)
{
        char wanted[100];
        (void)state;
        for (int i = 0; i < 2000; i++)
                log_info("n", "line %d", i);
        for (unsigned count = 1; count < 100; count++) {
                last(count);
                assert_int_equal(line_count, count);
                snprintf(wanted, sizeof(wanted), "[n] line %d|", 2000 - (int)count);
                assert_int_equal(strncmp(lines, wanted, strlen(wanted)), 0);
        }
        last(100000);
        assert_true(line_count > 200 && line_count < 400);
        assert_string_equal(lines + strlen(lines) - 14, "[n] line 1999|");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(only_warnings_and_errors_reach_a_quiet_console),
                cmocka_unit_test(a_verbose_console_shows_all_with_the_time),
                cmocka_unit_test(a_long_line_is_cut_and_shows_it),
                cmocka_unit_test(the_ring_keeps_the_newest_lines),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
