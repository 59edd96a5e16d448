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
        assert_asked("x-query-virtio");
}

static void a_guest_is_up_when_qemu_answers(void **state)
{
        (void)state;
        assert_false(monitor.is_up);
        greet();
        assert_true(monitor.is_up);
}

static void packets_are_counted_over_all_network_devices(void **state)
{
        (void)state;
        greet();
        say("{\"return\": [{\"name\": \"virtio-net\", \"path\": \"/a\"}, {\"name\": \"virtio-rng\", \"path\": \"/b\"}, "
            "{\"name\": \"virtio-net\", \"path\": \"/c\"}], \"id\": \"devices\"}\n");
        assert_int_equal(monitor.device_count, 2);
        monitor_count(&monitor);
        assert_int_equal(monitor.unanswered, 4);
        assert_asked("/c");
        say("{\"return\": {\"used-idx\": 5}, \"id\": \"count 0 0\"}\n{\"return\": {\"used-idx\": 6}, \"id\": \"count 0 "
            "1\"}\n{\"return\": {\"used-idx\": 70}, \"id\": \"count 1 0\"}\n");
        assert_int_equal(monitor.unanswered, 1);
        say("{\"return\": {\"used-idx\": 80}, \"id\": \"count 1 1\"}\n");
        assert_int_equal(monitor.unanswered, 0);
        assert_true(monitor.is_counted);
        assert_int_equal(monitor.packets[0], 75);
        assert_int_equal(monitor.packets[1], 86);
}

static void counters_that_wrap_go_on(void **state)
{
        (void)state;
        greet();
        say("{\"return\": [{\"name\": \"virtio-net\", \"path\": \"/a\"}], \"id\": \"devices\"}\n");
        monitor_count(&monitor);
        say("{\"return\": {\"used-idx\": 65530}, \"id\": \"count 0 0\"}\n{\"return\": {\"used-idx\": 0}, \"id\": "
            "\"count 0 1\"}\n");
        monitor_count(&monitor);
        say("{\"return\": {\"used-idx\": 4}, \"id\": \"count 0 0\"}\n{\"return\": {\"used-idx\": 0}, \"id\": \"count 0 "
            "1\"}\n");
        assert_int_equal(monitor.packets[0], 65540);
}

static void a_qemu_that_cannot_count_leaves_it_at_that(void **state)
{
        (void)state;
        greet();
        say("{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"no\"}, \"id\": \"devices\"}\n");
        monitor_count(&monitor);
        assert_int_equal(monitor.unanswered, 0);
        assert_false(monitor.is_counted);
}

static void nonsense_is_passed_over(void **state)
{
        static const char *const lines[] = {
                "\n",
                "nonsense\n",
                "[1, 2]\n",
                "\"text\"\n",
                "{\"id\": 5}\n",
                "{\"id\": \"count\"}\n",
                "{\"id\": \"count 9 0\", \"return\": {\"used-idx\": 1}}\n",
                "{\"id\": \"count 0 2\", \"return\": {\"used-idx\": 1}}\n",
                "{\"id\": \"count 0 0\", \"return\": {\"used-idx\": \"1\"}}\n",
                "{\"id\": \"devices\", \"return\": 7}\n",
                "{\"id\": \"devices\", \"return\": [7, {\"name\": 1}, {\"name\": \"virtio-net\"}]}\n",
                "{\"event\": \"SHUTDOWN\"}\n",
        };
        (void)state;
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
                say(lines[i]);
        assert_int_equal(monitor.device_count, 0);
        assert_false(monitor.is_counted);
        greet();
        assert_true(monitor.is_up);
}

static void more_devices_than_there_is_room_for_are_left_out(void **state)
{
        (void)state;
        greet();
        for (unsigned i = 0; i < 2 * MONITOR_DEVICES; i++)
                say("{\"id\": \"devices\", \"return\": [{\"name\": \"virtio-net\", \"path\": \"/a\"}]}\n");
        assert_int_equal(monitor.device_count, MONITOR_DEVICES);
}

static void an_endless_line_ends_the_connection(void **state)
{
        char block[4096];
        (void)state;
        memset(block, 'x', sizeof(block));
        for (unsigned i = 0; i < 100 && monitor.qmp.socket >= 0; i++) {
                assert_int_equal(send(qemu, block, sizeof(block), 0), sizeof(block));
                monitor_serve(&monitor);
        }
        assert_int_equal(monitor.qmp.socket, -1);
        monitor_count(&monitor);
        assert_int_equal(monitor.unanswered, 0);
        monitor_press_button(&monitor);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_guest_is_up_when_qemu_answers, set_up, tear_down),
                cmocka_unit_test_setup_teardown(packets_are_counted_over_all_network_devices, set_up, tear_down),
                cmocka_unit_test_setup_teardown(counters_that_wrap_go_on, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_qemu_that_cannot_count_leaves_it_at_that, set_up, tear_down),
                cmocka_unit_test_setup_teardown(nonsense_is_passed_over, set_up, tear_down),
                cmocka_unit_test_setup_teardown(more_devices_than_there_is_room_for_are_left_out, set_up, tear_down),
                cmocka_unit_test_setup_teardown(an_endless_line_ends_the_connection, set_up, tear_down),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
