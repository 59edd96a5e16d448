/* poll, select and epoll on pipes, eventfd and timerfd, with time-outs. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "../check.h"

static long milliseconds(void)
{
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void pipes(void)
{
        int ends[2] = {-1, -1};
        char bytes[32] = "";
        static char large[20000];
        CHECK(pipe2(ends, O_NONBLOCK) == 0);
        CHECK_FAILS(read(ends[0], bytes, 1), EAGAIN);
        CHECK(write(ends[1], "hello", 5) == 5 && read(ends[0], bytes, 3) == 3 && memcmp(bytes, "hel", 3) == 0);
        int left = 0;
        CHECK(ioctl(ends[0], FIONREAD, &left) == 0 && left == 2);
        CHECK(read(ends[0], bytes, sizeof(bytes)) == 2);
        CHECK(write(ends[1], large, sizeof(large)) == 16384);
        CHECK_FAILS(write(ends[1], large, 1), EAGAIN);
        CHECK(read(ends[0], large, sizeof(large)) == 16384);
        CHECK_FAILS(read(ends[1], bytes, 1), EBADF);
        CHECK_FAILS(lseek(ends[0], 0, SEEK_SET), ESPIPE);
        CHECK(close(ends[1]) == 0 && read(ends[0], bytes, 1) == 0 && close(ends[0]) == 0);
        CHECK(pipe(ends) == 0 && close(ends[0]) == 0);
        CHECK_FAILS(write(ends[1], "x", 1), EPIPE); /* and no signal */
        close(ends[1]);
}

static void polling(void)
{
        int ends[2] = {-1, -1};
        CHECK(pipe(ends) == 0);
        struct pollfd polls[3] = {{ends[0], POLLIN, 0}, {ends[1], POLLOUT, 0}, {-1, POLLIN, 0}};
        CHECK(poll(polls, 3, -1) == 1 && polls[0].revents == 0 && polls[1].revents == POLLOUT && polls[2].revents == 0);
        polls[1].fd = 999;
        CHECK(poll(polls, 2, 0) == 1 && polls[1].revents == POLLNVAL);
        long before = milliseconds();
        CHECK(poll(polls, 1, 30) == 0);
        long waited = milliseconds() - before;
        CHECK(waited >= 30 && waited < 1000);
        CHECK(poll(NULL, 0, 10) == 0);
        CHECK(write(ends[1], "x", 1) == 1);
        CHECK(poll(polls, 1, -1) == 1 && polls[0].revents == POLLIN);
        close(ends[1]);
        CHECK(poll(polls, 1, -1) == 1 && polls[0].revents == (POLLIN | POLLHUP));
        fd_set reads;
        FD_ZERO(&reads);
        FD_SET(ends[0], &reads);
        struct timeval timeout = {1, 0};
        CHECK(select(ends[0] + 1, &reads, NULL, NULL, &timeout) == 1 && FD_ISSET(ends[0], &reads));
        close(ends[0]);
        FD_SET(ends[0], &reads);
        CHECK_FAILS(select(ends[0] + 1, &reads, NULL, NULL, &timeout), EBADF);
        timeout = (struct timeval){0, 20000};
        before = milliseconds();
        CHECK(select(0, NULL, NULL, NULL, &timeout) == 0 && milliseconds() - before >= 20);
}

static void epolling(void)
{
        int ends[2] = {-1, -1};
        struct epoll_event events[4];
        int epoll = epoll_create1(EPOLL_CLOEXEC);
        CHECK(epoll >= 0 && pipe2(ends, O_NONBLOCK) == 0);
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = 0x123456789abcdefull};
        CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event) == 0);
        CHECK_FAILS(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event), EEXIST);
        CHECK_FAILS(epoll_ctl(epoll, EPOLL_CTL_DEL, ends[1], NULL), ENOENT);
        CHECK_FAILS(epoll_ctl(epoll, EPOLL_CTL_ADD, epoll, &event), EINVAL);
        int device = open("/dev/null", O_RDONLY);
        CHECK_FAILS(epoll_ctl(epoll, EPOLL_CTL_ADD, device, &event), EPERM);
        CHECK_FAILS(epoll_wait(epoll, events, 0, 0), EINVAL);
        CHECK(epoll_wait(epoll, events, 4, 20) == 0);
        CHECK(write(ends[1], "ab", 2) == 2);
        for (int i = 0; i < 2; i++) /* level-triggered: as long as it holds */
                CHECK(epoll_wait(epoll, events, 4, -1) == 1 && events[0].data.u64 == 0x123456789abcdefull &&
                      events[0].events == EPOLLIN);
        event.events = EPOLLIN | EPOLLET;
        CHECK(epoll_ctl(epoll, EPOLL_CTL_MOD, ends[0], &event) == 0);
        CHECK(epoll_wait(epoll, events, 4, 0) == 1);
        CHECK(epoll_wait(epoll, events, 4, 0) == 0);
        CHECK(write(ends[1], "c", 1) == 1 && epoll_wait(epoll, events, 4, 0) == 1);
        event.events = EPOLLIN | EPOLLONESHOT;
        CHECK(epoll_ctl(epoll, EPOLL_CTL_MOD, ends[0], &event) == 0);
        CHECK(epoll_wait(epoll, events, 4, 0) == 1);
        CHECK(epoll_wait(epoll, events, 4, 0) == 0);
        CHECK(write(ends[1], "d", 1) == 1 && epoll_wait(epoll, events, 4, 0) == 0);
        CHECK(epoll_ctl(epoll, EPOLL_CTL_MOD, ends[0], &event) == 0 && epoll_wait(epoll, events, 4, 0) == 1);
        event.events = EPOLLOUT;
        CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[1], &event) == 0);
        CHECK(epoll_wait(epoll, events, 4, -1) == 1 && events[0].events == EPOLLOUT);
        close(ends[1]); /* takes it out of the epoll, and hangs up the other end */
        event.events = EPOLLIN;
        CHECK(epoll_ctl(epoll, EPOLL_CTL_MOD, ends[0], &event) == 0);
        CHECK(epoll_wait(epoll, events, 4, -1) == 1 && events[0].events == (EPOLLIN | EPOLLHUP));
        close(ends[0]);
        CHECK(epoll_wait(epoll, events, 4, 0) == 0);
        CHECK(close(epoll) == 0);
        CHECK_FAILS(epoll_wait(epoll, events, 4, 0), EBADF);
        close(device);
}

static void events_and_timers(void)
{
        uint64_t value = 0;
        int event = eventfd(3, EFD_NONBLOCK);
        CHECK(eventfd_read(event, &value) == 0 && value == 3);
        CHECK_FAILS(eventfd_read(event, &value), EAGAIN);
        CHECK(eventfd_write(event, 2) == 0 && eventfd_write(event, 5) == 0);
        struct pollfd poll_event = {event, POLLIN, 0};
        CHECK(poll(&poll_event, 1, 0) == 1 && eventfd_read(event, &value) == 0 && value == 7);
        close(event);
        int timer = timerfd_create(CLOCK_MONOTONIC, 0);
        struct itimerspec setting = {{0, 10000000}, {0, 10000000}};
        long before = milliseconds();
        CHECK(timerfd_settime(timer, 0, &setting, NULL) == 0);
        uint64_t total = 0;
        while (total < 5) {
                CHECK(read(timer, &value, sizeof(value)) == sizeof(value));
                total += value;
        }
        CHECK(milliseconds() - before >= 49);
        struct pollfd poll_timer = {timer, POLLIN, 0};
        CHECK(poll(&poll_timer, 1, 1000) == 1);
        CHECK(timerfd_gettime(timer, &setting) == 0 && setting.it_interval.tv_nsec == 10000000);
        setting = (struct itimerspec){0};
        CHECK(timerfd_settime(timer, 0, &setting, NULL) == 0 && poll(&poll_timer, 1, 30) == 0);
        close(timer);
}

int main(void)
{
        pipes();
        polling();
        epolling();
        events_and_timers();
        return check_done();
}
