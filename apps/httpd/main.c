/*
 * A web server in one thread: HTTP/1.1 with keep-alive and pipelining, files from the image, /metrics.
 *
 *     httpd [PORT [ROOT]]        default: 8080 /
 */
#define _GNU_SOURCE /* accept4 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <coracle/stats.h>

#include "connection.h"

#define PORT_DEFAULT          8080
#define PORT_DIGITS_MAX       5u
#define EVENTS_PER_ROUND      64
#define ACCEPTS_PER_ROUND     64
#define BACKLOG               512
#define CONNECTION_LIMIT      8192u
#define MEMORY_PER_CONNECTION 65536u /* kept free for each connection's socket buffers, measured generously */
#define CONNECTION_MINIMUM    16u
#define ACCEPT_PAUSE_MS       100 /* when the system has no room for another socket */

static uint64_t now_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static void die(const char *what)
{
        fprintf(stderr, "httpd: %s: %s\n", what, strerror(errno));
        exit(1);
}

static int listen_on(uint16_t port)
{
        /* One socket for IPv6 and IPv4 (mapped addresses). */
        int listener = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (listener < 0)
                die("socket");
        int off = 0;
        int on = 1;
        setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = in6addr_any};
        if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0)
                die("bind");
        if (listen(listener, BACKLOG) != 0)
                die("listen");
        return listener;
}

static unsigned connection_limit(void)
{
        struct coracle_memory_stats memory;

        coracle_memory_stats(&memory);
        uint64_t limit = memory.total_bytes / MEMORY_PER_CONNECTION;
        if (limit < CONNECTION_MINIMUM)
                return CONNECTION_MINIMUM;
        return limit > CONNECTION_LIMIT ? CONNECTION_LIMIT : (unsigned)limit;
}

static void set_listening(struct server *server, bool listening)
{
        struct epoll_event event = {.events = listening ? EPOLLIN : 0, .data.ptr = NULL};
        epoll_ctl(server->epoll, EPOLL_CTL_MOD, server->listener, &event);
}

/* Returns false when the system has no room for another socket now. */
static bool accept_all(struct server *server)
{
        for (unsigned i = 0; i < ACCEPTS_PER_ROUND; i++) {
                int descriptor = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK);
                if (descriptor < 0)
                        return errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS;
                int on = 1;
                setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                connection_open(server, descriptor);
        }
        return true;
}

static _Noreturn void serve(struct server *server)
{
        struct epoll_event events[EVENTS_PER_ROUND];
        bool paused = false;

        for (;;) {
                int timeout = connections_expire(server);
                if (paused && (timeout < 0 || timeout > ACCEPT_PAUSE_MS))
                        timeout = ACCEPT_PAUSE_MS;
                int count = epoll_wait(server->epoll, events, EVENTS_PER_ROUND, timeout);
                if (count < 0 && errno != EINTR)
                        die("epoll_wait");
                server->now = now_ms();
                if (paused) {
                        set_listening(server, true);
                        paused = false;
                }
                bool accept_wanted = false;
                for (int i = 0; i < count; i++) {
                        if (events[i].data.ptr == NULL)
                                accept_wanted = true;
                        else
                                connection_ready(server, events[i].data.ptr, events[i].events);
                }
                /* Last: a new connection may take the place of an idle one, which may be among the events above. */
                if (accept_wanted && !accept_all(server)) {
                        set_listening(server, false);
                        paused = true;
                }
        }
}

static uint16_t port_of(const char *text)
{
        char *end;
        unsigned long port = strtoul(text, &end, 10);

        if (*text == '\0' || *end != '\0' || port == 0 || port > 65535) {
                fprintf(stderr, "httpd: '%s' is not a port; give a number from 1 to 65535\n", text);
                exit(2);
        }
        return (uint16_t)port;
}

/* Whoever starts the server waits for this line: it goes out at once, and nothing is formatted or buffered for it. */
static void say_listening(uint16_t port)
{
        char line[] = "httpd: listening on port      ";
        size_t digits = 1;

        for (unsigned rest = port; rest >= 10; rest /= 10)
                digits++;
        size_t length = sizeof line - 1 - PORT_DIGITS_MAX + digits;
        for (unsigned rest = port; digits > 0; digits--, rest /= 10)
                line[sizeof line - 2 - PORT_DIGITS_MAX + digits] = (char)('0' + rest % 10);
        line[length++] = '\n';
        if (write(STDOUT_FILENO, line, length) < 0)
                die("standard output");
}

int main(int argc, char **argv)
{
        struct server server = {.root = argc > 2 ? argv[2] : "", .limit = connection_limit(), .now = now_ms()};

        if (argc > 3) {
                fprintf(stderr, "httpd: too many arguments; usage: httpd [PORT [ROOT]]\n");
                return 2;
        }
        uint16_t port = argc > 1 ? port_of(argv[1]) : PORT_DEFAULT;
        connections_init(&server);
        server.listener = listen_on(port);
        server.epoll = epoll_create1(0);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
        if (server.epoll < 0 || epoll_ctl(server.epoll, EPOLL_CTL_ADD, server.listener, &event) != 0)
                die("epoll");
        say_listening(port);
        serve(&server);
}
