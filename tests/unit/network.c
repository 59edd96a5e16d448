/* Sockets and lwIP together, over loopback, on the fake machine. */
#include "network_scenario.h"

/* ---- Loopback ---- */

static void echo_thread(void *argument)
{
        int connection = accept((int)(intptr_t)argument, NULL, NULL);
        char buffer[1000];
        for (ssize_t bytes; (bytes = recv(connection, buffer, sizeof(buffer), 0)) > 0;)
                CHECK(send(connection, buffer, (size_t)bytes, 0) == bytes);
        close(connection);
}

SCENARIO(loopback, two_threads_talk_over_loopback)
{
        (void)argument;
        network_start();
        int listener = tcp_listener(5000, 5);
        CHECK(thread_create(NULL, NULL, echo_thread, (void *)(intptr_t)listener) == 0);
        int client = tcp_client(5000);
        static char out[100000], in[100000];
        for (size_t i = 0; i < sizeof(out); i++)
                out[i] = (char)(i * 7 + i / 251);
        for (size_t sent = 0; sent < sizeof(out); sent += 5000) {
                CHECK(send(client, out + sent, 5000, 0) == 5000);
                CHECK(recv(client, in + sent, 5000, MSG_WAITALL) == 5000);
        }
        CHECK(memcmp(out, in, sizeof(out)) == 0);
        CHECK(shutdown(client, SHUT_WR) == 0);
        CHECK(recv(client, in, 1, 0) == 0);
        CHECK(send(client, "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE);
        close(client);
        close(listener);
}

SCENARIO(refuses, a_port_nobody_listens_on_refuses)
{
        (void)argument;
        network_start();
        struct sockaddr_in address = local(5001);
        int client = socket(AF_INET, SOCK_STREAM, 0);
        CHECK(connect(client, (struct sockaddr *)&address, sizeof(address)) == -1 && errno == ECONNREFUSED);
        /* and once more on the same socket, without blocking */
        CHECK(fcntl(client, F_GETFL) != -2);
        int one = 1;
        CHECK(ioctl(client, FIONBIO, &one) == 0);
        CHECK(connect(client, (struct sockaddr *)&address, sizeof(address)) == -1 && errno == EINPROGRESS);
        CHECK(ready(client, POLLOUT, 1000) & POLLERR);
        int error;
        socklen_t length = sizeof(error);
        CHECK(getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == ECONNREFUSED);
        close(client);
}

SCENARIO(readiness, poll_tells_what_a_connection_can_do)
{
        (void)argument;
        network_start();
        int listener = tcp_listener(5002, 5);
        CHECK(ready(listener, POLLIN, 0) == 0);
        int client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        struct sockaddr_in address = local(5002);
        CHECK(connect(client, (struct sockaddr *)&address, sizeof(address)) == -1 && errno == EINPROGRESS);
        CHECK(ready(client, POLLOUT, 1000) == POLLOUT);
        CHECK(ready(listener, POLLIN, 1000) == POLLIN);
        int server = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        CHECK(server >= 0);
        CHECK(ready(listener, POLLIN, 0) == 0);
        CHECK(ready(server, POLLIN | POLLOUT, 0) == POLLOUT);
        char byte;
        CHECK(recv(server, &byte, 1, 0) == -1 && errno == EAGAIN);
        CHECK(send(client, "a", 1, 0) == 1);
        CHECK(ready(server, POLLIN, 1000) == POLLIN);
        CHECK(recv(server, &byte, 1, MSG_PEEK) == 1 && byte == 'a');
        CHECK(recv(server, &byte, 1, 0) == 1 && byte == 'a');
        CHECK(ready(server, POLLIN, 0) == 0);
        close(client);
        CHECK(ready(server, POLLIN | POLLRDHUP, 1000) == (POLLIN | POLLRDHUP));
        CHECK(recv(server, &byte, 1, 0) == 0);
        close(server);
        close(listener);
}

SCENARIO(edges, epoll_reports_each_arrival_to_an_edge_triggered_watcher)
{
        (void)argument;
        network_start();
        int pair[2];
        tcp_pair(pair);
        int epoll = epoll_create1(0);
        struct epoll_event event = {.events = EPOLLIN | EPOLLET}, got;
        CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, pair[1], &event) == 0);
        CHECK(epoll_wait(epoll, &got, 1, 0) == 0);
        for (int i = 0; i < 3; i++) { /* nothing is read in between */
                CHECK(send(pair[0], "x", 1, 0) == 1);
                CHECK(epoll_wait(epoll, &got, 1, 1000) == 1 && got.events == EPOLLIN);
                CHECK(epoll_wait(epoll, &got, 1, 10) == 0);
        }
        close(pair[0]);
        close(pair[1]);
        close(epoll);
}

SCENARIO(pressure, a_reader_that_does_not_read_stops_the_writer)
{
        (void)argument;
        network_start();
        int pair[2];
        tcp_pair(pair);
        static char block[10000];
        int one = 1;
        CHECK(ioctl(pair[0], FIONBIO, &one) == 0);
        size_t sent = 0;
        for (ssize_t bytes; (bytes = send(pair[0], block, sizeof(block), 0)) > 0; rest(10))
                sent += (size_t)bytes;
        CHECK(errno == EAGAIN);
        CHECK(sent > 50000 && sent < 500000);
        CHECK(ready(pair[0], POLLOUT, 0) == 0);
        size_t received = 0;
        while (received < sent) {
                ssize_t bytes = recv(pair[1], block, sizeof(block), 0);
                CHECK(bytes > 0);
                received += (size_t)bytes;
        }
        CHECK(ready(pair[0], POLLOUT, 1000) == POLLOUT);
        CHECK(ready(pair[1], POLLIN, 0) == 0);
        close(pair[0]);
        close(pair[1]);
}

SCENARIO(times_out, receive_gives_up_after_its_timeout)
{
        (void)argument;
        network_start();
        int pair[2];
        tcp_pair(pair);
        struct timeval patience = {.tv_usec = 50000};
        CHECK(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0);
        uint64_t before = platform_clock_monotonic();
        char byte;
        CHECK(recv(pair[0], &byte, 1, 0) == -1 && errno == EAGAIN);
        uint64_t took = platform_clock_monotonic() - before;
        CHECK(took >= 50 * MS && took < 60 * MS);
        close(pair[0]);
        close(pair[1]);
}

SCENARIO(resets, a_reset_ends_the_peer_with_an_error)
{
        (void)argument;
        network_start();
        int pair[2];
        tcp_pair(pair);
        struct linger now = {.l_onoff = 1};
        CHECK(setsockopt(pair[0], SOL_SOCKET, SO_LINGER, &now, sizeof(now)) == 0);
        close(pair[0]);
        char byte;
        CHECK(ready(pair[1], POLLIN, 1000) & (POLLERR | POLLHUP));
        CHECK(recv(pair[1], &byte, 1, 0) == -1 && errno == ECONNRESET);
        CHECK(recv(pair[1], &byte, 1, 0) == 0);
        close(pair[1]);
}

SCENARIO(names, sockets_know_their_names)
{
        (void)argument;
        network_start();
        int pair[2];
        tcp_pair(pair);
        struct sockaddr_in mine = {0}, peers = {0};
        socklen_t length = sizeof(mine);
        CHECK(getsockname(pair[0], (struct sockaddr *)&mine, &length) == 0 && length == sizeof(mine));
        CHECK(getpeername(pair[1], (struct sockaddr *)&peers, &length) == 0);
        CHECK(memcmp(&mine, &peers, sizeof(mine)) == 0 && mine.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
        length = 4;
        CHECK(getsockname(pair[0], (struct sockaddr *)&mine, &length) == 0 && length == sizeof(mine));
        int unconnected = socket(AF_INET, SOCK_STREAM, 0);
        CHECK(getpeername(unconnected, (struct sockaddr *)&peers, &length) == -1 && errno == ENOTCONN);
        CHECK(bind(99, (struct sockaddr *)&mine, sizeof(mine)) == -1 && errno == EBADF);
        close(unconnected);
        close(pair[0]);
        close(pair[1]);
}

SCENARIO(dual, an_ipv6_listener_takes_ipv4_too_unless_told_not_to)
{
        (void)argument;
        network_start();
        struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(5003)}, peer = {0};
        int listener = socket(AF_INET6, SOCK_STREAM, 0), zero = 0, one = 1;
        CHECK(setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero)) == 0);
        CHECK(bind(listener, (struct sockaddr *)&any, sizeof(any)) == 0 && listen(listener, 5) == 0);
        int client = tcp_client(5003);
        socklen_t length = sizeof(peer);
        int server = accept(listener, (struct sockaddr *)&peer, &length);
        CHECK(server >= 0 && IN6_IS_ADDR_V4MAPPED(&peer.sin6_addr));
        close(server);
        close(client);
        close(listener);
        rest(10);
        listener = socket(AF_INET6, SOCK_STREAM, 0);
        CHECK(setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) == 0);
        any.sin6_port = htons(5004);
        CHECK(bind(listener, (struct sockaddr *)&any, sizeof(any)) == 0 && listen(listener, 5) == 0);
        struct sockaddr_in address = local(5004);
        client = socket(AF_INET, SOCK_STREAM, 0);
        CHECK(connect(client, (struct sockaddr *)&address, sizeof(address)) == -1 && errno == ECONNREFUSED);
        close(client);
        struct sockaddr_in6 self = {
                .sin6_family = AF_INET6, .sin6_port = htons(5004), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
        client = socket(AF_INET6, SOCK_STREAM, 0);
        CHECK(connect(client, (struct sockaddr *)&self, sizeof(self)) == 0);
        close(client);
        close(listener);
}

SCENARIO(ports, a_port_that_nobody_chose_tells_nothing_of_the_next)
{
        (void)argument;
        network_start();
        uint16_t ports[32];
        int sockets[32];
        unsigned near = 0;
        for (unsigned i = 0; i < 32; i++) {
                struct sockaddr_in to = local(53), mine;
                socklen_t length = sizeof(mine);
                sockets[i] = socket(AF_INET, SOCK_DGRAM, 0);
                CHECK(sockets[i] >= 0);
                if (i % 3 == 0)
                        CHECK(connect(sockets[i], (struct sockaddr *)&to, sizeof(to)) == 0);
                else if (i % 3 == 1)
                        CHECK(sendto(sockets[i], "?", 1, 0, (struct sockaddr *)&to, sizeof(to)) == 1);
                else
                        CHECK(bind(sockets[i], (struct sockaddr *)&(struct sockaddr_in){.sin_family = AF_INET},
                                   sizeof(to)) == 0);
                CHECK(getsockname(sockets[i], (struct sockaddr *)&mine, &length) == 0);
                ports[i] = ntohs(mine.sin_port);
                CHECK(ports[i] >= 49152);
                for (unsigned j = 0; j < i; j++)
                        CHECK(ports[i] != ports[j]);
                near += i > 0 && (uint16_t)(ports[i] - ports[i - 1] + 8) <= 16;
        }
        CHECK(near < 4); /* by chance one in a thousand */
        for (unsigned i = 0; i < 32; i++)
                close(sockets[i]);
}

SCENARIO(datagrams, udp_keeps_datagrams_whole)
{
        (void)argument;
        network_start();
        int a = socket(AF_INET, SOCK_DGRAM, 0), b = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        struct sockaddr_in address = local(6000), from;
        CHECK(bind(b, (struct sockaddr *)&address, sizeof(address)) == 0);
        CHECK(send(a, "x", 1, 0) == -1 && errno == EDESTADDRREQ);
        CHECK(sendto(a, "hello", 5, 0, (struct sockaddr *)&address, sizeof(address)) == 5);
        CHECK(sendto(a, "", 0, 0, (struct sockaddr *)&address, sizeof(address)) == 0);
        CHECK(ready(b, POLLIN, 1000) == POLLIN);
        char buffer[10];
        int available;
        CHECK(ioctl(b, FIONREAD, &available) == 0 && available == 5);
        CHECK(recv(b, buffer, 10, MSG_PEEK) == 5);
        CHECK(recv(b, buffer, 2, MSG_PEEK | MSG_TRUNC) == 5);
        struct iovec vector[2] = {{buffer, 1}, {buffer + 1, 2}};
        struct msghdr header = {.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = vector, .msg_iovlen = 2};
        CHECK(recvmsg(b, &header, 0) == 3 && memcmp(buffer, "hel", 3) == 0);
        CHECK(header.msg_flags == MSG_TRUNC && header.msg_namelen == sizeof(from));
        CHECK(recv(b, buffer, 10, 0) == 0);
        CHECK(recv(b, buffer, 10, 0) == -1 && errno == EAGAIN);
        /* what nobody reads is dropped in the end, not kept */
        static char big[8000];
        for (int i = 0; i < 200; i++)
                CHECK(sendto(a, big, sizeof(big), 0, (struct sockaddr *)&address, sizeof(address)) == sizeof(big));
        int kept = 0;
        while (recv(b, big, sizeof(big), 0) == sizeof(big))
                kept++;
        CHECK(kept > 5 && kept < 30);
        close(a);
        close(b);
}

SCENARIO(pairs, a_local_pair_is_a_pipe_both_ways)
{
        (void)argument;
        network_start();
        int pair[2];
        char buffer[16];
        CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
        CHECK(send(pair[0], "one", 3, 0) == 3 && send(pair[0], "two", 3, 0) == 3);
        CHECK(recv(pair[1], buffer, sizeof(buffer), 0) == 6 && memcmp(buffer, "onetwo", 6) == 0);
        CHECK(recv(pair[1], buffer, 1, 0) == -1 && errno == EAGAIN);
        CHECK(send(pair[1], "back", 4, 0) == 4 && ready(pair[0], POLLIN, 0) == POLLIN);
        static char block[100000];
        CHECK(send(pair[0], block, sizeof(block), 0) == 65536);
        CHECK(ready(pair[0], POLLOUT, 0) == 0);
        close(pair[1]);
        CHECK(send(pair[0], "x", 1, 0) == -1 && errno == EPIPE);
        CHECK(recv(pair[0], buffer, sizeof(buffer), 0) == 4);
        CHECK(recv(pair[0], buffer, sizeof(buffer), 0) == 0);
        close(pair[0]);
        CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
        CHECK(send(pair[0], "one", 3, 0) == 3 && send(pair[0], "two", 3, 0) == 3);
        CHECK(recv(pair[1], buffer, 2, 0) == 2 && recv(pair[1], buffer, sizeof(buffer), 0) == 3);
        close(pair[0]);
        close(pair[1]);
}

static void wrong_run(void *argument)
{
        (void)argument;
        network_start();
}

static void a_wrong_address_on_the_command_line_ends_the_boot(void **state)
{
        (void)state;
        static const char *const wrong[] = {"ip", "10.0.0.300/24", NULL};
        fake_options = wrong;
        assert_int_equal(fake_run(NULL, wrong_run, NULL), 2);
}

static void without_run(void *argument)
{
        (void)argument;
        fake_no_device = true;
        network_start();
        int pair[2];
        tcp_pair(pair);
        CHECK(send(pair[0], "x", 1, 0) == 1);
        char byte;
        CHECK(recv(pair[1], &byte, 1, 0) == 1);
        struct sockaddr_in far = {.sin_family = AF_INET, .sin_port = htons(80), .sin_addr.s_addr = htonl(0x01020304)};
        int client = socket(AF_INET, SOCK_STREAM, 0);
        CHECK(connect(client, (struct sockaddr *)&far, sizeof(far)) == -1);
        CHECK(errno == ENETUNREACH);
}

static void without_a_device_loopback_works_and_the_world_is_unreachable(void **state)
{
        (void)state;
        assert_int_equal(fake_run(NULL, without_run, NULL), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(two_threads_talk_over_loopback),
                cmocka_unit_test(a_port_nobody_listens_on_refuses),
                cmocka_unit_test(poll_tells_what_a_connection_can_do),
                cmocka_unit_test(epoll_reports_each_arrival_to_an_edge_triggered_watcher),
                cmocka_unit_test(a_reader_that_does_not_read_stops_the_writer),
                cmocka_unit_test(receive_gives_up_after_its_timeout),
                cmocka_unit_test(a_reset_ends_the_peer_with_an_error),
                cmocka_unit_test(sockets_know_their_names),
                cmocka_unit_test(an_ipv6_listener_takes_ipv4_too_unless_told_not_to),
                cmocka_unit_test(a_port_that_nobody_chose_tells_nothing_of_the_next),
                cmocka_unit_test(udp_keeps_datagrams_whole),
                cmocka_unit_test(a_local_pair_is_a_pipe_both_ways),
                cmocka_unit_test(a_wrong_address_on_the_command_line_ends_the_boot),
                cmocka_unit_test(without_a_device_loopback_works_and_the_world_is_unreachable),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
