/* What the tests of the network stack share: scenarios on a guest with a static address, and the usual sockets. */
#ifndef NETWORK_SCENARIO_H
#define NETWORK_SCENARIO_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include <coracle/init.h>
#include <coracle/netdev.h>
#include <coracle/sched.h>

#include "fake/network.h"
#include "fake/platform.h"

#define MS 1000000ull

static const char *const static_address[] = {"ip", "10.0.0.2/24,gw=10.0.0.1", "ip6", "fd00::2/64", NULL};

/* Runs a scenario on a guest with a static address. */
static inline int run_static(void (*scenario)(void *), void *argument)
{
        static const struct fake_machine machine = {.memory = {{1ul << 20, 16ul << 20}}};
        fake_options = static_address;
        return fake_run(&machine, scenario, argument);
}

#define SCENARIO(name, text)                                                                                           \
        static void name##_run(void *argument);                                                                        \
        static void text(void **state)                                                                                 \
        {                                                                                                              \
                (void)state;                                                                                           \
                assert_int_equal(run_static(name##_run, NULL), 0);                                                     \
        }                                                                                                              \
        static void name##_run(void *argument)

static inline void rest(unsigned milliseconds)
{
        thread_sleep_until(platform_clock_monotonic() + milliseconds * MS);
}

static inline struct sockaddr_in local(uint16_t port)
{
        return (struct sockaddr_in){
                .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static inline int tcp_listener(uint16_t port, int backlog)
{
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
        int listener = socket(AF_INET, SOCK_STREAM, 0);
        CHECK(listener >= 0);
        CHECK(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0);
        CHECK(listen(listener, backlog) == 0);
        return listener;
}

static inline int tcp_client(uint16_t port)
{
        struct sockaddr_in address = local(port);
        int client = socket(AF_INET, SOCK_STREAM, 0);
        CHECK(client >= 0);
        CHECK(connect(client, (struct sockaddr *)&address, sizeof(address)) == 0);
        return client;
}

/* A connected pair of TCP sockets over loopback. */
static inline void tcp_pair(int pair[2])
{
        int listener = tcp_listener(4000, 5);
        pair[0] = tcp_client(4000);
        pair[1] = accept(listener, NULL, NULL);
        CHECK(pair[1] >= 0);
        close(listener);
}

static inline short ready(int descriptor, short events, int timeout)
{
        struct pollfd wait = {.fd = descriptor, .events = events};
        CHECK(poll(&wait, 1, timeout) >= 0);
        return wait.revents;
}

#endif
