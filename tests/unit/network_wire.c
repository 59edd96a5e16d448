/* The stack against hand-made packets: what the wire may bring, and what must not come of it. */
#include "network_peer.h"

SCENARIO(ping, pings_are_answered_while_the_program_computes)
{
        (void)argument;
        network_start();
        packet_ping(&peer, &guest, 100, fake_inject);
        for (int i = 0; i < 20; i++)
                fake_compute(10 * MS);
        struct fake_frame *reply = next_sent(1);
        fake_compute(20 * MS);
        if (reply == NULL)
                reply = next_sent(1);
        CHECK(reply != NULL && reply->bytes == 14 + 20 + 8 + 100 && packet_is_sane(reply->data, reply->bytes));
        free(reply);
        CHECK(fake_buffers_held == 0);
}

SCENARIO(wire, a_connection_from_the_wire_carries_data_and_checksums)
{
        (void)argument;
        network_start();
        int listener = tcp_listener(80, 5);
        uint32_t theirs = open_from(1000, 5000);
        int server = accept(listener, NULL, NULL);
        CHECK(server >= 0);
        packet_tcp(&peer, &guest, 1000, 80, 5001, theirs, PACKET_ACK, "question", 8, fake_inject);
        char buffer[20];
        CHECK(recv(server, buffer, sizeof(buffer), 0) == 8 && memcmp(buffer, "question", 8) == 0);
        CHECK(send(server, "answer", 6, 0) == 6);
        struct fake_frame *frame = next_sent(6);
        CHECK(frame != NULL && frame->checksummed && packet_is_sane(frame->data, frame->bytes));
        CHECK(frame->bytes == 54 + 6 && memcmp(frame->data + 54, "answer", 6) == 0);
        free(frame);
        CHECK(fake_buffers_held == 0);
        /* one with a wrong checksum is not taken */
        packet_corrupt = true;
        packet_tcp(&peer, &guest, 1000, 80, 5009, theirs + 6, PACKET_ACK, "forged", 6, fake_inject);
        packet_corrupt = false;
        rest(20);
        CHECK(recv(server, buffer, sizeof(buffer), MSG_DONTWAIT) == -1 && errno == EAGAIN);
        close(server);
        close(listener);
}

SCENARIO(hoard, data_nobody_reads_does_not_starve_the_device)
{
        (void)argument;
        network_start();
        int listener = tcp_listener(80, 5);
        uint32_t theirs = open_from(1000, 5000);
        int server = accept(listener, NULL, NULL);
        uint32_t sequence = 5001;
        for (int i = 0; i < 400; i++, sequence++) {
                packet_tcp(&peer, &guest, 1000, 80, sequence, theirs, PACKET_ACK, "x", 1, fake_inject);
                rest(1);
        }
        CHECK(fake_buffers_held <= fake_receive_buffers * 3 / 4);
        static char buffer[1000];
        CHECK(recv(server, buffer, sizeof(buffer), 0) == 400);
        CHECK(fake_buffers_held == 0);
        /* the same out of order: what comes is kept, not where it came */
        for (uint32_t i = 1; i < 200; i++)
                packet_tcp(&peer, &guest, 1000, 80, sequence + 2 * i, theirs, PACKET_ACK, "x", 1, fake_inject);
        rest(100);
        CHECK(fake_buffers_held <= fake_receive_buffers * 3 / 4);
        close(server);
        close(listener);
}

SCENARIO(flood, a_flood_of_syns_takes_bounded_memory_and_no_longer_than_it_lasts)
{
        (void)argument;
        network_start();
        int listener = tcp_listener(80, 16);
        for (unsigned i = 0; i < 5000; i++) {
                struct packet_host stranger = {.mac = {2, 0, 0, 0, 0, 1}, .ip = {10, 0, 0, (uint8_t)(3 + i % 200)}};
                packet_tcp(&stranger, &guest, (uint16_t)(2000 + i), 80, i, 0, PACKET_SYN, NULL, 0, fake_inject);
                if (i % 100 == 0)
                        rest(1);
        }
        rest(1500);
        flush_sent();
        packet_tcp(&peer, &guest, 999, 80, 5000, 0, PACKET_SYN, NULL, 0, fake_inject);
        struct fake_frame *frame;
        bool answered = false;
        for (int i = 0; i < 20 && !answered; i++, rest(1))
                while ((frame = next_sent(6)) != NULL) {
                        answered |= packet_tcp_to(frame->data) == 999;
                        free(frame);
                }
        CHECK(answered);
        close(listener);
}

SCENARIO(again, a_client_may_come_back_from_the_port_it_left)
{
        (void)argument;
        network_start();
        int listener = tcp_listener(80, 5);
        uint32_t sequence = 5000;
        for (int i = 0; i < 50; i++) {
                uint32_t theirs = open_from(1000, sequence);
                int server = accept(listener, NULL, NULL);
                CHECK(server >= 0);
                close(server); /* the guest ends first: TIME_WAIT is its */
                packet_tcp(&peer, &guest, 1000, 80, sequence + 1, theirs + 1, PACKET_ACK | PACKET_FIN, NULL, 0,
                           fake_inject);
                rest(1);
                flush_sent();
                sequence += 10;
        }
        close(listener);
}

SCENARIO(full_ring, a_full_transmit_ring_delays_and_loses_nothing)
{
        (void)argument;
        fake_ring = 4;
        network_start();
        int listener = tcp_listener(80, 5);
        uint32_t theirs = open_from(1000, 5000);
        int server = accept(listener, NULL, NULL);
        static char block[20000];
        CHECK(send(server, block, sizeof(block), 0) == sizeof(block));
        size_t arrived = 0;
        for (int i = 0; i < 500 && arrived < sizeof(block); i++) {
                struct fake_frame *frame;
                while ((frame = next_sent(6)) != NULL) {
                        if (packet_tcp_sequence(frame->data) == theirs + arrived)
                                arrived += frame->bytes - 54;
                        free(frame);
                }
                packet_tcp(&peer, &guest, 1000, 80, 5001, theirs + (uint32_t)arrived, PACKET_ACK, NULL, 0, fake_inject);
                rest(2);
        }
        CHECK(arrived == sizeof(block));
        close(server);
        close(listener);
}

/* A connection over a device that cuts large frames, with a whole block on its way out. */
struct sending {
        int listener, server;
        uint32_t theirs;
};

static struct sending start_sending(void)
{
        fill_block();
        fake_capabilities |= NETDEV_TX_TSO4;
        network_start();
        struct sending sending = {.listener = tcp_listener(80, 5)};
        sending.theirs = open_from(1000, 5000);
        sending.server = accept(sending.listener, NULL, NULL);
        CHECK(send(sending.server, sent_block, sizeof(sent_block), 0) == sizeof(sent_block));
        return sending;
}

static void end_sending(const struct sending *sending)
{
        close(sending->server);
        close(sending->listener);
        rest(100);
}

SCENARIO(large, a_device_that_cuts_gets_large_frames)
{
        (void)argument;
        struct sending sending = start_sending();
        transfer(sending.theirs, sent_block, sizeof(sent_block), PACKET_PSH);
        CHECK(fake_large >= 3 && fake_large <= 12); /* 35 segments */
        /* what is small goes out as it is, at once */
        const unsigned before = fake_large;
        CHECK(send(sending.server, "ok", 2, 0) == 2);
        transfer(sending.theirs + sizeof(sent_block), "ok", 2, PACKET_PSH);
        CHECK(fake_large == before);
        end_sending(&sending);
}

/* What a send that does not wait takes, of `sent_block` again and again, from a connection whose peer is silent. */
static size_t taken_at_once(int server)
{
        size_t taken = 0;
        for (ssize_t now; (now = send(server, sent_block, sizeof(sent_block), MSG_DONTWAIT)) > 0;)
                taken += (size_t)now;
        return taken;
}

SCENARIO(in_place, files_of_the_image_go_out_from_where_they_lie)
{
        (void)argument;
        fill_block();
        network_start();
        int listener = tcp_listener(80, 5);
        uint32_t theirs = open_from(1000, 5000);
        int server = accept(listener, NULL, NULL);
        fake_watched = sent_block;
        fake_watched_bytes = sizeof(sent_block);
        char head[] = "head";
        struct iovec vector[] = {{head, 4}, {sent_block, sizeof(sent_block)}};
        struct msghdr message = {.msg_iov = vector, .msg_iovlen = 2};
        static char whole[4 + sizeof(sent_block)];
        memcpy(whole, head, 4);
        memcpy(whole + 4, sent_block, sizeof(sent_block));
        sent_block_is_a_file = true;
        for (size_t sent = 0; sent < sizeof(whole);) {
                const ssize_t now = sendmsg(server, &message, MSG_DONTWAIT);
                const size_t before = sent;
                CHECK(now > 0);
                sent += (size_t)now;
                vector[0].iov_len = sent < 4 ? 4 - sent : 0;
                vector[1] =
                        (struct iovec){sent_block + (sent < 4 ? 0 : sent - 4), sizeof(whole) - (sent < 4 ? 4 : sent)};
                transfer(theirs + (uint32_t)before, whole + before, (size_t)now, 0);
        }
        CHECK(fake_sent_watched >= sizeof(sent_block) - 2048 && fake_sent_watched <= sizeof(sent_block));
        /* the same bytes in memory that may change are copied */
        sent_block_is_a_file = false;
        const size_t before = fake_sent_watched;
        CHECK(send(server, sent_block, 10000, 0) == 10000);
        transfer(theirs + sizeof(whole), sent_block, 10000, 0);
        CHECK(fake_sent_watched == before);
        close(server);
        close(listener);
        rest(100);
}

SCENARIO(more_in_place, more_may_be_queued_of_what_needs_no_copy)
{
        (void)argument;
        fill_block();
        network_start();
        int listener = tcp_listener(80, 5);
        open_from(1000, 5000);
        int server = accept(listener, NULL, NULL);
        const size_t copies = taken_at_once(server);
        sent_block_is_a_file = true;
        const size_t more = taken_at_once(server);
        sent_block_is_a_file = false;
        struct pollfd writable = {.fd = server, .events = POLLOUT};
        int buffer;
        socklen_t length = sizeof(buffer);
        CHECK(getsockopt(server, SOL_SOCKET, SO_SNDBUF, &buffer, &length) == 0);
        CHECK(copies == (size_t)buffer && more == 3 * copies);
        CHECK(send(server, "x", 1, MSG_DONTWAIT) == -1 && errno == EAGAIN && poll(&writable, 1, 0) == 0);
        close(server);
        close(listener);
        rest(100);
}

SCENARIO(large_full, large_frames_wait_for_room_and_nothing_is_lost)
{
        (void)argument;
        fake_ring = 1;
        struct sending sending = start_sending();
        transfer(sending.theirs, sent_block, sizeof(sent_block), PACKET_PSH);
        CHECK(fake_large != 0);
        end_sending(&sending);
}

SCENARIO(large_lost, a_lost_part_of_a_large_frame_is_sent_again)
{
        (void)argument;
        struct sending sending = start_sending();
        rest(5);
        struct fake_frame *first = next_sent(6); /* lost on the way */
        CHECK(first != NULL);
        free(first);
        transfer(sending.theirs, sent_block, sizeof(sent_block), PACKET_PSH);
        end_sending(&sending);
}

static void tiny_run(void *argument)
{
        (void)argument;
        network_start();
        int listener = tcp_listener(80, 255), one = 1;
        CHECK(ioctl(listener, FIONBIO, &one) == 0);
        static int held[512];
        int count = 0;
        for (uint16_t port = 1000; port < 1300; port++) {
                packet_tcp(&peer, &guest, port, 80, 5000, 0, PACKET_SYN, NULL, 0, fake_inject);
                rest(2);
                struct fake_frame *frame;
                while ((frame = next_sent(6)) != NULL && packet_tcp_to(frame->data) != port)
                        free(frame);
                if (frame == NULL)
                        continue;
                uint32_t theirs = packet_tcp_sequence(frame->data) + 1;
                free(frame);
                packet_tcp(&peer, &guest, port, 80, 5001, theirs, PACKET_ACK, NULL, 0, fake_inject);
                rest(1);
                int server = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
                if (server < 0 || count == 512)
                        continue;
                held[count++] = server;
                static char block[8000];
                while (send(server, block, sizeof(block), MSG_DONTWAIT) > 0)
                        ;
        }
        CHECK(count > 5);
        rest(2000);
        while (count > 0)
                close(held[--count]);
        close(listener);
        rest(100);
}

static void a_guest_out_of_memory_goes_on(void **state)
{
        (void)state;
        static const struct fake_machine machine = {.memory = {{1ul << 20, 2ul << 20}}};
        fake_options = static_address;
        assert_int_equal(fake_run(&machine, tiny_run, NULL), 0);
}

SCENARIO(nobody, a_connection_that_nobody_answered_knows_its_own_address)
{
        (void)argument;
        network_start();
        struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(7)}, before, after;
        socklen_t bytes = sizeof(before);
        memcpy(&to.sin_addr, peer.ip, 4);
        const int client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        CHECK(connect(client, (const struct sockaddr *)&to, sizeof(to)) == -1 && errno == EINPROGRESS);
        CHECK(getsockname(client, (struct sockaddr *)&before, &bytes) == 0);
        CHECK(memcmp(&before.sin_addr, guest.ip, 4) == 0);
        for (unsigned seconds = 0; seconds < 200 && ready(client, POLLOUT, 0) == 0; seconds++) {
                flush_sent();
                rest(1000);
        }
        CHECK(send(client, "x", 1, MSG_NOSIGNAL) == -1 && errno == ETIMEDOUT);
        CHECK(getsockname(client, (struct sockaddr *)&after, &bytes) == 0);
        CHECK(memcmp(&after, &before, sizeof(after)) == 0);
        close(client);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(pings_are_answered_while_the_program_computes),
                cmocka_unit_test(a_connection_from_the_wire_carries_data_and_checksums),
                cmocka_unit_test(data_nobody_reads_does_not_starve_the_device),
                cmocka_unit_test(a_flood_of_syns_takes_bounded_memory_and_no_longer_than_it_lasts),
                cmocka_unit_test(a_client_may_come_back_from_the_port_it_left),
                cmocka_unit_test(a_full_transmit_ring_delays_and_loses_nothing),
                cmocka_unit_test(a_device_that_cuts_gets_large_frames),
                cmocka_unit_test(files_of_the_image_go_out_from_where_they_lie),
                cmocka_unit_test(more_may_be_queued_of_what_needs_no_copy),
                cmocka_unit_test(large_frames_wait_for_room_and_nothing_is_lost),
                cmocka_unit_test(a_lost_part_of_a_large_frame_is_sent_again),
                cmocka_unit_test(a_guest_out_of_memory_goes_on),
                cmocka_unit_test(a_connection_that_nobody_answered_knows_its_own_address),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
