/* What is made of QEMU's logs of frames, whole, in part or nonsense, and of the kernel's counters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/cli/traffic/link_counters.h"
#include "tools/cli/traffic/traffic.h"

static struct monitor monitor;
static struct traffic traffic;
static uint64_t bytes[TRAFFIC_DIRECTIONS];
static int qemu;

static int set_up(void **state)
{
        (void)state;
        traffic = (struct traffic){0};
        if (!monitor_open(&monitor, &qemu))
                return -1;
        monitor.is_up = true;
        return 0;
}

static int tear_down(void **state)
{
        (void)state;
        traffic_close(&traffic);
        monitor_close(&monitor);
        close(qemu);
        return 0;
}

/* QEMU's answer to all that was asked; what that was goes to `text`. */
static void answer(char text[4096], const char *answer)
{
        const ssize_t count = recv(qemu, text, 4095, MSG_DONTWAIT);
        text[count > 0 ? count : 0] = '\0';
        while (monitor.unanswered != 0) {
                assert_int_equal(send(qemu, answer, strlen(answer), 0), strlen(answer));
                monitor_serve(&monitor);
        }
}

#define DONE    "{\"return\": {}, \"id\": \"filter\"}\n"
#define REFUSED "{\"error\": {}, \"id\": \"filter\"}\n"

/* The file that a filter was told to write to, opened as QEMU does. */
static int file_of(const char *asked, const char *queue)
{
        char pattern[64], path[64] = "";
        snprintf(pattern, sizeof(pattern), "\"queue\":\"%s\",\"file\":\"", queue);
        const char *where = strstr(asked, pattern);
        assert_non_null(where);
        where += strlen(pattern);
        memcpy(path, where, strcspn(where, "\""));
        FILE *file = fopen(path, "r+");
        assert_non_null(file);
        const int copy = dup(fileno(file));
        fclose(file);
        return copy;
}

static void put(int file, const void *data, size_t length)
{
        assert_int_equal(write(file, data, length), length);
}

static void put_header(int file)
{
        const uint32_t header[6] = {0xa1b2c3d4u, 0x00040002, 0, 0, 1, 1};
        put(file, header, sizeof(header));
}

static void put_frame(int file, uint32_t length)
{
        const uint32_t record[4] = {1, 2, 1, length};
        unsigned char whole[17] = {0};
        memcpy(whole, record, sizeof(record));
        put(file, whole, sizeof(whole));
}

static bool look(void)
{
        return traffic_read(&traffic, &monitor, bytes);
}

static void frames_are_added_up_while_somebody_asks(void **state)
{
        char asked[4096];
        (void)state;
        traffic_add(&traffic, "net0");
        assert_false(look());
        traffic_watch(&traffic, &monitor, 1000);
        answer(asked, DONE);
        const int in = file_of(asked, "tx"), out = file_of(asked, "rx");
        assert_true(look());
        assert_int_equal(bytes[TRAFFIC_IN] + bytes[TRAFFIC_OUT], 0);
        put_header(in);
        put_header(out);
        put_frame(in, 60);
        put_frame(in, 1514);
        put_frame(out, 42);
        assert_true(look());
        assert_int_equal(bytes[TRAFFIC_IN], 1574);
        assert_int_equal(bytes[TRAFFIC_OUT], 42);
        traffic_watch(&traffic, &monitor, 5000);
        traffic_rest(&traffic, &monitor, 9999);
        assert_int_equal(recv(qemu, asked, sizeof(asked), MSG_DONTWAIT), -1);
        put_frame(out, 100);
        assert_true(look());
        assert_int_equal(bytes[TRAFFIC_OUT], 142);

        traffic_rest(&traffic, &monitor, 10000);
        assert_int_equal(monitor.unanswered, 2);
        answer(asked, "{\"return\": {}, \"id\": \"no filter\"}\n");
        assert_non_null(strstr(asked, "coracle-net0-rx"));
        assert_false(look());
        const unsigned watch = traffic.watch;
        traffic_watch(&traffic, &monitor, 20000);
        assert_int_not_equal(traffic.watch, watch);
        answer(asked, DONE);
        assert_true(look());
        assert_int_equal(bytes[TRAFFIC_OUT], 142);
        close(in);
        close(out);
}

static void a_frame_that_is_not_whole_is_waited_for(void **state)
{
        char asked[4096];
        (void)state;
        traffic_add(&traffic, "net0");
        traffic_watch(&traffic, &monitor, 1000);
        answer(asked, DONE);
        const int in = file_of(asked, "tx");
        const uint32_t all[] = {0xa1b2c3d4u, 0x00040002, 0, 0, 1, 1, 1, 2, 1, 77, 0};
        for (size_t i = 0; i < 41; i++) {
                put(in, (const char *)all + i, 1);
                assert_true(look());
                assert_int_equal(bytes[TRAFFIC_IN], i == 40 ? 77 : 0);
        }
        close(in);
}

static void memory_is_given_back(void **state)
{
        char asked[4096];
        struct stat status;
        (void)state;
        traffic_add(&traffic, "net0");
        traffic_watch(&traffic, &monitor, 1000);
        answer(asked, DONE);
        const int in = file_of(asked, "tx");
        put_header(in);
        for (unsigned round = 1; round <= 4; round++) {
                for (unsigned i = 0; i < 100000; i++)
                        put_frame(in, 1000);
                assert_true(look());
                assert_int_equal(bytes[TRAFFIC_IN], round * 100000000);
                assert_int_equal(fstat(in, &status), 0);
                assert_true(status.st_size > round * 1600000 && status.st_blocks <= 8);
        }
        close(in);
}

static void what_is_no_log_of_frames_is_unknown(void **state)
{
        static const uint32_t nonsense[][10] = {
                {1, 2, 3, 4, 5, 6},                                          /* no header */
                {0xa1b2c3d4u, 0x00040002, 0, 0, 1, 1, 1, 2, 100000, 100000}, /* more than was asked for */
                {0xa1b2c3d4u, 0x00040002, 0, 0, 1, 1, 1, 2, 1, 0xffffffff},  /* longer than a frame */
        };
        char asked[4096];
        (void)state;
        for (size_t i = 0; i < 3; i++) {
                traffic_add(&traffic, "net0");
                traffic_watch(&traffic, &monitor, 1000);
                answer(asked, DONE);
                const int in = file_of(asked, "tx");
                put(in, nonsense[i], sizeof(nonsense[i]));
                assert_false(look());
                assert_false(look());
                close(in);
                traffic_close(&traffic);
        }
}

static void a_qemu_that_cannot_write_or_is_not_up_is_unknown(void **state)
{
        char asked[4096];
        (void)state;
        monitor.is_up = false;
        traffic_add(&traffic, "lan");
        traffic_watch(&traffic, &monitor, 1000);
        assert_int_equal(monitor.unanswered, 0);
        assert_false(look());
        monitor.is_up = true;
        traffic_watch(&traffic, &monitor, 1000);
        answer(asked, REFUSED);
        assert_false(look());
}

static int list_of(const char *text)
{
        char path[] = "/tmp/coracle-counters-XXXXXX";
        const int file = mkstemp(path);
        assert_true(file >= 0);
        unlink(path);
        put(file, text, strlen(text));
        return file;
}

static void a_tap_is_counted_from_the_other_side_and_added(void **state)
{
        char asked[4096];
        static const char tap_list[] = "Inter-|   Receive     |  Transmit\n"
                                       " face |bytes    packets errs drop fifo frame compressed multicast|bytes ...\n"
                                       "    lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
                                       " tap10: 5 2 3 4 5 6 7 8 6 10 11 12 13 14 15 16\n"
                                       "  tap1:70000000000 2 3 4 5 6 7 8 90000000000 10 11 12 13 14 15 16\n";
        const int list = list_of(tap_list);
        (void)state;
        traffic_add_tap(&traffic, "tap1", dup(list));
        traffic_watch(&traffic, &monitor, 1000);
        assert_int_equal(monitor.unanswered, 0);
        for (unsigned i = 0; i < 2; i++) {
                assert_true(look());
                assert_int_equal(bytes[TRAFFIC_IN], 90000000000);
                assert_int_equal(bytes[TRAFFIC_OUT], 70000000000 + i);
                assert_int_equal(pwrite(list, "70000000001", 11, (off_t)(strstr(tap_list, "70000000000") - tap_list)),
                                 11);
        }
        traffic_rest(&traffic, &monitor, 100000);
        traffic_add(&traffic, "lan");
        traffic_watch(&traffic, &monitor, 200000);
        answer(asked, DONE);
        const int out = file_of(asked, "rx");
        put_header(out);
        put_frame(out, 5);
        assert_true(look());
        assert_int_equal(bytes[TRAFFIC_IN], 90000000000);
        assert_int_equal(bytes[TRAFFIC_OUT], 70000000006);
        close(out);
        close(list);
}

static void a_tap_that_is_not_in_the_list_is_unknown(void **state)
{
        const int list = list_of("  tap1: 1 2 3 4\n  tap2 1 2 3 4 5 6 7 8 9\n");
        (void)state;
        traffic_add_tap(&traffic, "tap1", dup(list));
        traffic_watch(&traffic, &monitor, 1000);
        assert_false(look());
        traffic_close(&traffic);
        traffic_add_tap(&traffic, "tap2", dup(list));
        traffic_watch(&traffic, &monitor, 1000);
        assert_false(look());
        traffic_close(&traffic);
        traffic_add_tap(&traffic, "tap2", -1);
        traffic_watch(&traffic, &monitor, 1000);
        assert_false(look());
        close(list);
}

static void the_kernels_list_is_read_as_it_is_now(void **state)
{
        uint64_t in = 0, out = 0, more = 0;
        const int list = link_counters_open();
        (void)state;
        assert_true(list >= 0);
        if (link_counters_read(list, "lo", &in, &out)) {
                assert_true(link_counters_read(list, "lo", &more, &out));
                assert_true(more >= in);
        }
        assert_false(link_counters_read(list, "nowhere", &in, &out));
        close(list);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(frames_are_added_up_while_somebody_asks, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_frame_that_is_not_whole_is_waited_for, set_up, tear_down),
                cmocka_unit_test_setup_teardown(memory_is_given_back, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_is_no_log_of_frames_is_unknown, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_qemu_that_cannot_write_or_is_not_up_is_unknown, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_tap_is_counted_from_the_other_side_and_added, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_tap_that_is_not_in_the_list_is_unknown, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_kernels_list_is_read_as_it_is_now, set_up, tear_down),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
