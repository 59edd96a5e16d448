/*
 * The network services that system tests talk to, on one thread with epoll: echo (TCP and UDP port 7), discard (9),
 * chargen (19), and a 13-byte HTTP reply (8080), IPv4 and IPv6. Every peer costs one small structure.
 */
#define _GNU_SOURCE /* memmem */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum kind { LISTEN_ECHO, LISTEN_DISCARD, LISTEN_CHARGEN, LISTEN_HTTP, UDP_ECHO, ECHO, DISCARD, CHARGEN, HTTP };

#define PENDING_MOST 16384

struct peer {
        enum kind kind;
        int descriptor;
        size_t matched;  /* HTTP: how much of the blank line has come */
        size_t owed;     /* HTTP: bytes of replies not yet written */
        bool last;       /* HTTP: end when the reply is written */
        size_t from, to; /* ECHO: what is not yet written back; CHARGEN: from, where the pattern is */
        char *pending;
};

static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nHello, world!";
static const char blank_line[] = "\r\n\r\n";
static char buffer[65536], pattern[65536];
static int epoll;

static void check(int ok, const char *what)
{
        if (ok)
                return;
        printf("services: %s: %s\n", what, strerror(errno));
        exit(1);
}

static void watch(struct peer *peer, unsigned events, int operation)
{
        struct epoll_event event = {.events = events, .data.ptr = peer};
        check(epoll_ctl(epoll, operation, peer->descriptor, &event) == 0, "epoll_ctl");
}

static struct peer *new_peer(enum kind kind, int descriptor)
{
        struct peer *peer = calloc(1, sizeof(*peer));
        if (peer == NULL)
                return NULL;
        peer->kind = kind;
        peer->descriptor = descriptor;
        return peer;
}

static void end(struct peer *peer)
{
        close(peer->descriptor);
        free(peer->pending);
        free(peer);
}

static void listen_on(enum kind kind, unsigned short port, int type)
{
        static struct peer listeners[HTTP];
        struct peer *peer = &listeners[kind];
        int descriptor = socket(AF_INET6, type | SOCK_NONBLOCK, 0);
        check(descriptor >= 0, "socket");
        int one = 1;
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
        struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
        check(bind(descriptor, (struct sockaddr *)&address, sizeof(address)) == 0, "bind");
        if (type == SOCK_STREAM)
                check(listen(descriptor, 255) == 0, "listen");
        *peer = (struct peer){.kind = kind, .descriptor = descriptor};
        watch(peer, EPOLLIN, EPOLL_CTL_ADD);
}

static void accept_all(struct peer *listener)
{
        for (;;) {
                /* epoll keeps the peers. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
                int descriptor = accept4(listener->descriptor, NULL, NULL, SOCK_NONBLOCK);
                if (descriptor < 0)
                        return;
                enum kind kind = (enum kind)(listener->kind - LISTEN_ECHO + ECHO);
                struct peer *peer = new_peer(kind, descriptor);
                if (peer == NULL || (kind == ECHO && (peer->pending = malloc(PENDING_MOST)) == NULL)) {
                        free(peer);
                        close(descriptor);
                        continue;
                }
                int one = 1;
                setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
                watch(peer, kind == CHARGEN ? EPOLLOUT : EPOLLIN, EPOLL_CTL_ADD);
        }
}

static void udp_echo(struct peer *peer)
{
        for (;;) {
                struct sockaddr_in6 from;
                socklen_t length = sizeof(from);
                ssize_t bytes =
                        recvfrom(peer->descriptor, buffer, sizeof(buffer), 0, (struct sockaddr *)&from, &length);
                if (bytes < 0)
                        return;
                sendto(peer->descriptor, buffer, (size_t)bytes, 0, (struct sockaddr *)&from, length);
        }
}

static void echo(struct peer *peer)
{
        if (peer->from == peer->to) {
                ssize_t bytes = read(peer->descriptor, peer->pending, PENDING_MOST);
                if (bytes < 0 && errno == EAGAIN)
                        return;
                if (bytes <= 0) {
                        end(peer);
                        return;
                }
                peer->from = 0;
                peer->to = (size_t)bytes;
        }
        ssize_t written = write(peer->descriptor, peer->pending + peer->from, peer->to - peer->from);
        if (written < 0 && errno != EAGAIN) {
                end(peer);
                return;
        }
        if (written > 0)
                peer->from += (size_t)written;
        watch(peer, peer->from == peer->to ? EPOLLIN : EPOLLOUT, EPOLL_CTL_MOD);
}

static void discard(struct peer *peer)
{
        for (;;) {
                ssize_t bytes = read(peer->descriptor, buffer, sizeof(buffer));
                if (bytes < 0 && errno == EAGAIN)
                        return;
                if (bytes <= 0) {
                        end(peer);
                        return;
                }
        }
}

static void chargen(struct peer *peer)
{
        for (;;) {
                ssize_t bytes = write(peer->descriptor, pattern + peer->from, sizeof(pattern) - peer->from);
                if (bytes < 0 && errno == EAGAIN)
                        return;
                if (bytes <= 0) {
                        end(peer);
                        return;
                }
                peer->from = (peer->from + (size_t)bytes) % sizeof(pattern);
        }
}

static bool http_write(struct peer *peer)
{
        while (peer->owed > 0) {
                size_t at = (sizeof(reply) - 1 - peer->owed % (sizeof(reply) - 1)) % (sizeof(reply) - 1);
                size_t bytes = sizeof(reply) - 1 - at;
                ssize_t written = write(peer->descriptor, reply + at, bytes);
                if (written < 0)
                        return errno == EAGAIN;
                peer->owed -= (size_t)written;
        }
        return !peer->last;
}

static void http(struct peer *peer)
{
        char request[4096];
        ssize_t bytes = read(peer->descriptor, request, sizeof(request));
        if (bytes == 0 || (bytes < 0 && errno != EAGAIN)) {
                end(peer);
                return;
        }
        /* ab speaks HTTP/1.0, and in small requests that come whole. */
        if (bytes > 0 && memmem(request, (size_t)bytes, "HTTP/1.0\r\n", 10) != NULL)
                peer->last = true;
        for (ssize_t i = 0; i < bytes; i++) {
                peer->matched = request[i] == blank_line[peer->matched] ? peer->matched + 1 : request[i] == '\r';
                if (peer->matched == 4) {
                        peer->owed += sizeof(reply) - 1;
                        peer->matched = 0;
                }
        }
        if (!http_write(peer))
                end(peer);
}

int main(void)
{
        for (size_t i = 0; i < sizeof(pattern); i++)
                pattern[i] = (char)('!' + i % 94);
        epoll = epoll_create1(0);
        check(epoll >= 0, "epoll_create1");
        listen_on(LISTEN_ECHO, 7, SOCK_STREAM);
        listen_on(LISTEN_DISCARD, 9, SOCK_STREAM);
        listen_on(LISTEN_CHARGEN, 19, SOCK_STREAM);
        listen_on(LISTEN_HTTP, 8080, SOCK_STREAM);
        listen_on(UDP_ECHO, 7, SOCK_DGRAM);
        printf("services ready\n");
        fflush(stdout);
        for (;;) {
                struct epoll_event events[64];
                int count = epoll_wait(epoll, events, 64, -1);
                check(count >= 0, "epoll_wait");
                for (int i = 0; i < count; i++) {
                        struct peer *peer = events[i].data.ptr;
                        switch (peer->kind) {
                        case LISTEN_ECHO:
                        case LISTEN_DISCARD:
                        case LISTEN_CHARGEN:
                        case LISTEN_HTTP:
                                accept_all(peer);
                                break;
                        case UDP_ECHO:
                                udp_echo(peer);
                                break;
                        case ECHO:
                                echo(peer);
                                break;
                        case DISCARD:
                                discard(peer);
                                break;
                        case CHARGEN:
                                chargen(peer);
                                break;
                        case HTTP:
                                http(peer);
                                break;
                        }
                }
        }
}
