/* Pipes, poll, select, epoll, eventfd and timerfd between preemptive threads, on the fake machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include <coracle/init.h>
#include <coracle/sched.h>
#include <libos/posix/console/console.h>
#include <libos/posix/file/table.h>

#include "fake/platform.h"

#define MS 1000000ull

static const struct file_operations console_operations = {.kind = "console"};
struct file console_file = {&console_operations, 3, O_RDWR};

/* There is no clock that knows the date. */
int platform_clock_read(enum platform_clock clock, uint64_t *nanoseconds)
{
        (void)clock;
        (void)nanoseconds;
        return -ENODEV;
}

static int work_left; /* times that network_work has something to do */

bool network_work(void)
{
        return work_left > 0 && work_left-- > 0;
}

/* ---- The host's own read, write and close stay what they are: these go to the files under test. ---- */

static ssize_t get(int descriptor, void *buffer, size_t bytes)
{
        struct iovec vector = {buffer, bytes};
        struct file *file = file_lookup(descriptor);
        CHECK(file != NULL);
        ssize_t result = file->operations->read(file, &vector, 1, FILE_AT_OFFSET);
        file_put(file);
        return result;
}

static ssize_t put(int descriptor, const void *buffer, size_t bytes)
{
        struct iovec vector = {(void *)(uintptr_t)buffer, bytes};
        struct file *file = file_lookup(descriptor);
        CHECK(file != NULL);
        ssize_t result = file->operations->write(file, &vector, 1, FILE_AT_OFFSET);
        file_put(file);
        return result;
}

static void shut(int descriptor)
{
        struct file *file = descriptor_remove(descriptor);
        CHECK(file != NULL);
        file_put(file);
}

static void join_all(void)
{
        while (thread_count() > 1)
                thread_sleep_until(platform_clock_monotonic() + MS);
}

static void start(void (*entry)(void *), void *argument)
{
        CHECK(thread_create(NULL, NULL, entry, argument) == 0);
}

/* Every scenario once calmly, and then with interrupts, and so preemption, at random places. */
static void run(void (*scenario)(void *))
{
        assert_int_equal(fake_run(NULL, scenario, NULL), 0);
        for (unsigned seed = 1; seed <= 12; seed++) {
                struct fake_machine machine = {.interrupt_one_in = 2 + seed % 5, .idle_early_one_in = 3, .seed = seed};
                assert_int_equal(fake_run(&machine, scenario, NULL), 0);
        }
}

/* ---- Pipes ---- */

#define STREAM_BYTES 100000u

static int ends[2];

static uint8_t stream_byte(unsigned i)
{
        return (uint8_t)(i * 31 + (i >> 8));
}

static void write_stream(void *argument)
{
        static uint8_t block[30000];
        (void)argument;
        for (unsigned sent = 0; sent < STREAM_BYTES;) {
                unsigned bytes = 1 + fake_random() % sizeof(block);
                if (bytes > STREAM_BYTES - sent)
                        bytes = STREAM_BYTES - sent;
                for (unsigned i = 0; i < bytes; i++)
                        block[i] = stream_byte(sent + i);
                CHECK(put(ends[1], block, bytes) == (ssize_t)bytes); /* blocks until all of it is in */
                sent += bytes;
        }
        shut(ends[1]);
}

static void stream(void *argument)
{
        static uint8_t block[20000];
        (void)argument;
        CHECK(pipe(ends) == 0);
        start(write_stream, NULL);
        unsigned received = 0;
        for (;;) {
                ssize_t bytes = get(ends[0], block, 1 + fake_random() % sizeof(block));
                CHECK(bytes >= 0);
                if (bytes == 0)
                        break;
                for (ssize_t i = 0; i < bytes; i++)
                        CHECK(block[i] == stream_byte(received++));
        }
        CHECK(received == STREAM_BYTES);
        shut(ends[0]);
        join_all();
}

static void a_pipe_carries_a_stream_in_order_and_ends_it(void **state)
{
        (void)state;
        run(stream);
}

static void write_records(void *argument)
{
        char record[100];
        memset(record, (int)(size_t)argument, sizeof(record));
        for (int i = 0; i < 300; i++)
                CHECK(put(ends[1], record, sizeof(record)) == sizeof(record));
}

static void records(void *argument)
{
        char record[100];
        (void)argument;
        CHECK(pipe(ends) == 0);
        for (size_t i = 0; i < 3; i++)
                start(write_records, (void *)('a' + i));
        for (int i = 0; i < 900; i++) {
                size_t bytes = 0;
                while (bytes < sizeof(record))
                        bytes += (size_t)get(ends[0], record + bytes, sizeof(record) - bytes);
                for (size_t j = 1; j < sizeof(record); j++)
                        CHECK(record[j] == record[0]);
        }
        join_all();
        shut(ends[0]);
        CHECK(put(ends[1], "x", 1) == -EPIPE);
        shut(ends[1]);
}

static void small_writes_are_not_split(void **state)
{
        (void)state;
        run(records);
}

static void late_close(void *argument)
{
        thread_sleep_until(platform_clock_monotonic() + 5 * MS);
        shut((int)(size_t)argument);
}

static void closing(void *argument)
{
        static char block[20000];
        (void)argument;
        CHECK(pipe(ends) == 0);
        start(late_close, (void *)(size_t)ends[1]);
        CHECK(get(ends[0], block, 1) == 0); /* the reader sleeps until the writer closes */
        shut(ends[0]);
        join_all();
        CHECK(pipe(ends) == 0);
        start(late_close, (void *)(size_t)ends[0]);
        CHECK(put(ends[1], block, sizeof(block)) == 16384); /* and the other way round: what fitted, then ... */
        CHECK(put(ends[1], block, 1) == -EPIPE);
        shut(ends[1]);
        join_all();
}

static void closing_one_end_wakes_the_other(void **state)
{
        (void)state;
        run(closing);
}

/* ---- poll and select ---- */

static void late_put(void *argument)
{
        thread_sleep_until(platform_clock_monotonic() + 7 * MS);
        CHECK(put((int)(size_t)argument, "x", 1) == 1);
}

static void polling(void *argument)
{
        int many[40][2];
        struct pollfd polls[41];
        char byte;
        (void)argument;
        for (int i = 0; i < 40; i++) {
                CHECK(pipe(many[i]) == 0);
                polls[i] = (struct pollfd){many[i][0], POLLIN, 77};
        }
        polls[40] = (struct pollfd){-5, POLLIN, 77};
        uint64_t before = platform_clock_monotonic();
        CHECK(poll(polls, 41, 20) == 0);
        CHECK(platform_clock_monotonic() - before >= 20 * MS);
        CHECK(polls[3].revents == 0 && polls[40].revents == 0);
        for (int i = 0; i < 40; i += 13) {
                start(late_put, (void *)(size_t)many[i][1]);
                CHECK(poll(polls, 41, -1) == 1 && polls[i].revents == POLLIN);
                CHECK(get(many[i][0], &byte, 1) == 1);
        }
        fd_set reads, writes;
        struct timeval timeout = {10, 0};
        FD_ZERO(&reads);
        FD_ZERO(&writes);
        for (int i = 0; i < 40; i++)
                FD_SET(many[i][0], &reads);
        start(late_put, (void *)(size_t)many[20][1]);
        CHECK(select(200, &reads, &writes, NULL, &timeout) == 1 && FD_ISSET(many[20][0], &reads));
        CHECK(!FD_ISSET(many[0][0], &reads));
        work_left = 3;
        before = platform_clock_monotonic();
        CHECK(poll(polls, 20, 5) == 0 && work_left == 0); /* the network's work does not end the wait */
        CHECK(platform_clock_monotonic() - before >= 5 * MS);
        join_all();
}

static void poll_and_select_wait_for_any_of_many(void **state)
{
        (void)state;
        run(polling);
}

static void closed_while_polled(void *argument)
{
        (void)argument;
        CHECK(pipe(ends) == 0);
        struct pollfd waiting = {ends[0], POLLIN, 0};
        start(late_close, (void *)(size_t)ends[1]);
        CHECK(poll(&waiting, 1, -1) == 1 && waiting.revents == POLLHUP);
        start(late_close, (void *)(size_t)ends[0]);
        waiting.events = 0;
        CHECK(poll(&waiting, 1, 20) == 1);
        join_all();
        CHECK(poll(&waiting, 1, 0) == 1 && waiting.revents == POLLNVAL);
}

static void a_descriptor_closed_while_polled_does_no_harm(void **state)
{
        (void)state;
        run(closed_while_polled);
}

/* ---- epoll ---- */

#define SOURCES 30

static int sources[SOURCES];
static unsigned sent, received;

static void bump(void *argument)
{
        (void)argument;
        for (int i = 0; i < 200; i++) {
                uint64_t one = 1;
                CHECK(put(sources[fake_random() % SOURCES], &one, sizeof(one)) == sizeof(one));
                sent++;
                if (fake_random() % 4 == 0)
                        thread_sleep_until(platform_clock_monotonic() + fake_random() % MS);
        }
}

/* Waits for events and takes them until `sent` have been received; edge-triggered if the epoll's items are. */
static void take_events(int epoll, unsigned total)
{
        struct epoll_event events[7];
        while (received < total) {
                int count = epoll_wait(epoll, events, 7, -1);
                CHECK(count > 0);
                for (int i = 0; i < count; i++) {
                        uint64_t value = 0;
                        ssize_t bytes = get(events[i].data.fd, &value, sizeof(value));
                        CHECK(bytes == sizeof(value) || bytes == -EAGAIN);
                        received += (unsigned)value;
                }
        }
}

static void epolling(uint32_t flags)
{
        sent = 0;
        received = 0;
        int epoll = epoll_create1(0);
        for (int i = 0; i < SOURCES; i++) {
                sources[i] = eventfd(0, EFD_NONBLOCK);
                struct epoll_event event = {.events = EPOLLIN | flags, .data.fd = sources[i]};
                CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, sources[i], &event) == 0);
        }
        start(bump, NULL);
        start(bump, NULL);
        take_events(epoll, 400);
        CHECK(sent == 400 && received == 400);
        join_all();
        struct epoll_event event;
        CHECK(epoll_wait(epoll, &event, 1, 3) == 0);
        for (int i = 0; i < SOURCES; i++)
                shut(sources[i]);
        shut(epoll);
}

static void level(void *argument)
{
        (void)argument;
        epolling(0);
}

static void edge(void *argument)
{
        (void)argument;
        epolling((uint32_t)EPOLLET);
}

static void no_event_is_lost_level_or_edge_triggered(void **state)
{
        (void)state;
        run(level);
        run(edge);
}

static void churn_thread(void *argument)
{
        int epoll = (int)(size_t)argument;
        for (int i = 0; i < 60; i++) {
                int event_file = eventfd(1, EFD_NONBLOCK);
                struct epoll_event event = {.events = EPOLLIN, .data.fd = event_file};
                CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, event_file, &event) == 0);
                if (fake_random() % 2 == 0)
                        fake_compute(1000);
                if (fake_random() % 3 == 0)
                        CHECK(epoll_ctl(epoll, EPOLL_CTL_DEL, event_file, NULL) == 0);
                shut(event_file);
        }
}

static bool stop_waiting;

static void wait_thread(void *argument)
{
        struct epoll_event events[3];
        while (!stop_waiting) {
                CHECK(epoll_wait((int)(size_t)argument, events, 3, 1) >= 0);
                fake_compute(10000); /* time passes */
        }
}

static void churn(void *argument)
{
        (void)argument;
        stop_waiting = false;
        int epoll = epoll_create1(0);
        for (int i = 0; i < 2; i++) {
                start(wait_thread, (void *)(size_t)epoll);
                start(churn_thread, (void *)(size_t)epoll);
        }
        while (thread_count() > 3)
                thread_sleep_until(platform_clock_monotonic() + MS);
        stop_waiting = true;
        join_all();
        shut(epoll);
}

static void items_come_and_go_while_others_wait(void **state)
{
        (void)state;
        run(churn);
}

static void semantics(void *argument)
{
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = 1}, got[4];
        (void)argument;
        int epoll = epoll_create1(0), other = epoll_create1(0);
        CHECK(pipe2(ends, O_NONBLOCK) == 0);
        CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event) == 0);
        CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event) == -1 && errno == EEXIST);
        CHECK(epoll_ctl(other, EPOLL_CTL_ADD, ends[0], &event) == 0); /* in two epolls at once */
        CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, other, &event) == -1 && errno == EINVAL);
        CHECK(epoll_ctl(epoll, EPOLL_CTL_MOD, ends[1], &event) == -1 && errno == ENOENT);
        CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, 1, &event) == -1 && errno == EPERM);
        CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, 77, &event) == -1 && errno == EBADF);
        CHECK(epoll_ctl(ends[0], EPOLL_CTL_ADD, 1, &event) == -1 && errno == EINVAL);
        CHECK(epoll_ctl(epoll, 9, ends[0], &event) == -1 && errno == EINVAL);
        struct pollfd both[] = {{epoll, POLLIN, 0}, {other, POLLIN, 0}};
        CHECK(poll(both, 2, 0) == 0);
        start(late_put, (void *)(size_t)ends[1]);
        CHECK(poll(both, 2, -1) >= 1); /* an epoll can be polled */
        CHECK(epoll_wait(epoll, got, 4, 0) == 1 && epoll_wait(epoll, got, 4, 0) == 1 && got[0].data.u64 == 1);
        CHECK(epoll_wait(other, got, 4, 0) == 1);
        struct file *file = file_lookup(ends[0]);
        int second = file_install(file, 0);
        event.data.u64 = 2;
        CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, second, &event) == 0); /* once for each descriptor */
        CHECK(epoll_wait(epoll, got, 4, 0) == 2);
        shut(second);
        CHECK(epoll_wait(epoll, got, 4, 0) == 2); /* the file is still open */
        event.events = 0;
        CHECK(epoll_ctl(epoll, EPOLL_CTL_MOD, ends[0], &event) == 0);
        shut(ends[1]);
        CHECK(epoll_wait(epoll, got, 4, 0) == 2); /* hang-up is reported whatever was asked for */
        CHECK((got[0].events & EPOLLHUP) != 0 && (got[1].events & EPOLLHUP) != 0);
        shut(ends[0]);
        CHECK(epoll_wait(epoll, got, 4, 0) == 0 && epoll_wait(other, got, 4, 0) == 0);
        join_all();
        shut(epoll);
        shut(other);
}

static void epoll_has_the_semantics_of_its_manual(void **state)
{
        (void)state;
        run(semantics);
}

static void work(void *argument)
{
        struct epoll_event event;
        (void)argument;
        int epoll = epoll_create1(0);
        uint64_t before = platform_clock_monotonic();
        work_left = 5;
        CHECK(epoll_wait(epoll, &event, 1, 5) == 0 && work_left == 0);
        CHECK(platform_clock_monotonic() - before >= 5 * MS);
        shut(epoll);
}

/* ---- timerfd ---- */

static void timers(void *argument)
{
        uint64_t value = 0;
        struct itimerspec setting = {{0, 2 * MS}, {0, 5 * MS}};
        (void)argument;
        int timer = timerfd_create(CLOCK_MONOTONIC, 0);
        uint64_t before = platform_clock_monotonic();
        CHECK(timerfd_settime(timer, 0, &setting, NULL) == 0);
        CHECK(get(timer, &value, sizeof(value)) == sizeof(value) && value >= 1);
        CHECK(platform_clock_monotonic() - before >= 5 * MS);
        thread_sleep_until(platform_clock_monotonic() + 20 * MS);
        CHECK(get(timer, &value, sizeof(value)) == sizeof(value) && value >= 9);
        struct pollfd waiting = {timer, POLLIN, 0};
        CHECK(poll(&waiting, 1, 10) == 1);
        struct itimerspec old, off = {{0, 0}, {0, 0}};
        CHECK(timerfd_settime(timer, 0, &off, &old) == 0 && old.it_interval.tv_nsec == 2 * MS);
        CHECK(poll(&waiting, 1, 10) == 0);
        uint64_t at = platform_clock_monotonic() + 4 * MS;
        setting = (struct itimerspec){{0, 0}, {(time_t)(at / 1000000000), (long)(at % 1000000000)}};
        CHECK(timerfd_settime(timer, TFD_TIMER_ABSTIME, &setting, NULL) == 0);
        CHECK(get(timer, &value, 8) == 8 && value == 1 && platform_clock_monotonic() >= at);
        setting.it_value.tv_sec = 1000;
        CHECK(timerfd_settime(timer, 0, &setting, NULL) == 0);
        shut(timer); /* while it runs */
        thread_sleep_until(platform_clock_monotonic() + 1100000 * MS);
}

static void a_timerfd_counts_expirations(void **state)
{
        (void)state;
        run(timers);
}

static void the_networks_work_is_done_before_sleeping(void **state)
{
        (void)state;
        assert_int_equal(fake_run(NULL, work, NULL), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_pipe_carries_a_stream_in_order_and_ends_it),
                cmocka_unit_test(small_writes_are_not_split),
                cmocka_unit_test(closing_one_end_wakes_the_other),
                cmocka_unit_test(poll_and_select_wait_for_any_of_many),
                cmocka_unit_test(a_descriptor_closed_while_polled_does_no_harm),
                cmocka_unit_test(no_event_is_lost_level_or_edge_triggered),
                cmocka_unit_test(items_come_and_go_while_others_wait),
                cmocka_unit_test(epoll_has_the_semantics_of_its_manual),
                cmocka_unit_test(the_networks_work_is_done_before_sleeping),
                cmocka_unit_test(a_timerfd_counts_expirations),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
