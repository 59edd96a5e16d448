/* What the supervisor of a guest in the background makes of what QEMU says, sense or not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/cli/instances/monitor.h"

static struct monitor monitor;
static int qemu;

static int set_up(void **state)
{
        (void)state;
        return monitor_open(&monitor, &qemu) ? 0 : -1;
}

static int tear_down(void **state)
{
        (void)state;
        monitor_close(&monitor);
        close(qemu);
        return 0;
}

static void say(const char *line)
{
        assert_int_equal(send(qemu, line, strlen(line), 0), strlen(line));
        monitor_serve(&monitor);
}

static void assert_asked(const char *what)
{
        char text[4096];
        const ssize_t count = recv(qemu, text, sizeof(text) - 1, MSG_DONTWAIT);
        text[count > 0 ? count : 0] = '\0';
        if (strstr(text, what) == NULL)
                fail_msg("asked `%s`, not `%s`", text, what);
}

static void greet(void)
{
        say("{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n");
        assert_asked("qmp_capabilities");
        say("{\"return\": {}, \"id\": \"capabilities\"}\r\n");
        assert_asked("query-status");
        say("{\"return\": {\"running\": true}, \"id\": \"status\"}\r\n");
}

static void a_guest_is_up_when_qemu_answers(void **state)
{
        (void)state;
        assert_false(monitor.is_up);
        greet();
        assert_true(monitor.is_up);
}

static void a_filter_is_there_when_qemu_says_so(void **state)
{
        (void)state;
        greet();
        monitor_add_filter(&monitor, "net0", "rx", "/a", 1);
        assert_asked("\"netdev\":\"net0\",\"queue\":\"rx\",\"file\":\"/a\",\"maxlen\":1");
        monitor_add_filter(&monitor, "net0", "tx", "/b", 1);
        assert_asked("\"id\":\"coracle-net0-tx\"");
        assert_int_equal(monitor.unanswered, 2);
        say("{\"return\": {}, \"id\": \"filter\"}\n{\"return\": {}, \"id\": \"filter\"}\n");
        assert_int_equal(monitor.unanswered, 0);
        assert_false(monitor.is_refused);
        monitor_remove_filter(&monitor, "net0", "tx");
        assert_asked("object-del");
        say("{\"return\": {}, \"id\": \"no filter\"}\n");
        assert_int_equal(monitor.unanswered, 0);
}

static void a_qemu_without_filters_leaves_it_at_that(void **state)
{
        (void)state;
        greet();
        monitor_add_filter(&monitor, "net0", "rx", "/a", 1);
        say("{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}, \"id\": \"filter\"}\n");
        assert_int_equal(monitor.unanswered, 0);
        assert_true(monitor.is_refused);
        monitor_remove_filter(&monitor, "net0", "rx");
        say("{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}, \"id\": \"no filter\"}\n");
        assert_int_equal(monitor.unanswered, 0);
        assert_false(monitor.is_refused);
}

static void nonsense_is_passed_over(void **state)
{
        static const char *const lines[] = {
                "\n",
                "nonsense\n",
                "[1, 2]\n",
                "\"text\"\n",
                "{\"id\": 5}\n",
                "{\"id\": \"filter\"}\n",
                "{\"id\": \"filter\", \"error\": 7}\n",
                "{\"id\": \"no filter\", \"return\": []}\n",
                "{\"event\": \"SHUTDOWN\"}\n",
        };
        (void)state;
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
                say(lines[i]);
        assert_int_equal(monitor.unanswered, 0);
        assert_false(monitor.is_refused);
        greet();
        assert_true(monitor.is_up);
}

static void an_endless_line_ends_the_connection(void **state)
{
        char block[4096];
        (void)state;
        greet();
        monitor_add_filter(&monitor, "net0", "rx", "/a", 1);
        memset(block, 'x', sizeof(block));
        for (unsigned i = 0; i < 100 && monitor.qmp.socket >= 0; i++) {
                assert_int_equal(send(qemu, block, sizeof(block), 0), sizeof(block));
                monitor_serve(&monitor);
        }
        assert_int_equal(monitor.qmp.socket, -1);
        assert_int_equal(monitor.unanswered, 0);
        assert_true(monitor.is_refused);
        monitor_remove_filter(&monitor, "net0", "rx");
        assert_int_equal(monitor.unanswered, 0);
        assert_false(monitor.is_refused);
        monitor_add_filter(&monitor, "net0", "rx", "/a", 1);
        assert_int_equal(monitor.unanswered, 0);
        assert_true(monitor.is_refused);
        monitor_press_button(&monitor);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_guest_is_up_when_qemu_answers, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_filter_is_there_when_qemu_says_so, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_qemu_without_filters_leaves_it_at_that, set_up, tear_down),
                cmocka_unit_test_setup_teardown(nonsense_is_passed_over, set_up, tear_down),
                cmocka_unit_test_setup_teardown(an_endless_line_ends_the_connection, set_up, tear_down),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
