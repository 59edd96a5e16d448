/*
 * Segments of TCP connections that nobody should send: those of who does not see the connection and guesses its
 * numbers (RFC 5961), and those of a peer that does not keep to the window, or goes on behind its FIN.
 */
#include "network_peer.h"

#include "libos/net/network.h"
#include "lwip/priv/tcp_priv.h"

#define PAYLOAD 1400u

static char bytes[PAYLOAD];

/* ---- From outside of the connection ---- */

/* A stranger's segment for the connection of open_sending. */
static void guess(uint32_t sequence, uint32_t acknowledged, uint8_t flags, size_t payload)
{
        packet_tcp(&peer, &guest, 1000, 80, sequence, acknowledged, flags, bytes, payload, fake_inject);
        rest(2);
}

/* Whether the guest has sent an acknowledgement of what it expects, and nothing else, since it was last looked. */
static bool only_acknowledged(uint32_t expects)
{
        bool acknowledged = false, other = false;
        for (struct fake_frame *frame; (frame = next_sent(6)) != NULL; free(frame)) {
                if (packet_tcp_flags(frame->data) == PACKET_ACK && packet_get32(frame->data + 42) == expects)
                        acknowledged = true;
                else
                        other = true;
        }
        return acknowledged && !other;
}

static bool has_nothing_to_read(void)
{
        char byte;
        return recv(sending.server, &byte, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN;
}

SCENARIO(window, a_segment_beyond_the_window_does_not_change_the_window)
{
        (void)argument;
        fill_block();
        network_start();
        open_sending();
        packet_window = 0;
        guess(5001 + 0x40000000, sending.theirs + 0x10000000, PACKET_ACK, 0);
        packet_window = 65535;
        CHECK(only_acknowledged(5001));
        CHECK(send(sending.server, sent_block, 5000, 0) == 5000);
        transfer(sending.theirs, sent_block, 5000, 0);
        close_sending();
}

SCENARIO(older, a_segment_before_the_window_does_not_acknowledge)
{
        (void)argument;
        network_start();
        open_sending();
        CHECK(send(sending.server, sent_block, 100, 0) == 100);
        rest(2);
        free(next_sent(6));
        guess(5001 - 0x40000000, sending.theirs + 100, PACKET_ACK, 0);
        CHECK(tcp_active_pcbs->unacked != NULL && only_acknowledged(5001));
        acknowledge(100);
        CHECK(tcp_active_pcbs->unacked == NULL);
        close_sending();
}

SCENARIO(guessed, data_that_acknowledges_what_was_not_sent_is_not_read)
{
        (void)argument;
        network_start();
        open_sending();
        guess(5001, sending.theirs + 1, PACKET_ACK, 10);
        CHECK(has_nothing_to_read() && only_acknowledged(5001));
        guess(5001, sending.theirs - 0x10000000, PACKET_ACK, 10);
        CHECK(has_nothing_to_read() && only_acknowledged(5001));
        guess(5001, sending.theirs, PACKET_ACK, 10);
        CHECK(recv(sending.server, sent_block, 20, 0) == 10);
        close_sending();
}

SCENARIO(loop, answers_do_not_ask_for_answers_without_end)
{
        (void)argument;
        network_start();
        open_sending();
        guess(5000, sending.theirs, PACKET_ACK, 0);
        CHECK(only_acknowledged(5001));
        guess(5000, sending.theirs, PACKET_ACK, 0);
        CHECK(next_sent(6) == NULL);
        guess(5001, sending.theirs + 1, PACKET_ACK, 10); /* that one is a mistake which its sender has to know of */
        CHECK(only_acknowledged(5001));
        rest(600);
        guess(5000, sending.theirs, PACKET_ACK, 0);
        CHECK(only_acknowledged(5001));
        close_sending();
}

SCENARIO(silent, data_without_an_acknowledgement_is_not_read)
{
        (void)argument;
        network_start();
        open_sending();
        guess(5001, 0, 0, 10);
        guess(5001, 0, PACKET_FIN, 0);
        CHECK(has_nothing_to_read() && next_sent(6) == NULL);
        close_sending();
}

SCENARIO(reset, a_reset_in_the_window_is_challenged)
{
        (void)argument;
        network_start();
        open_sending();
        guess(5002, 0, PACKET_RST, 0);
        CHECK(only_acknowledged(5001));
        guess(5001 + 0x40000000, 0, PACKET_RST, 0);
        guess(5000, 0, PACKET_RST, 0);
        CHECK(next_sent(6) == NULL);
        guess(5001, 0, PACKET_SYN, 0);
        CHECK(only_acknowledged(5001));
        CHECK(has_nothing_to_read());
        guess(5001, 0, PACKET_RST, 0);
        CHECK(recv(sending.server, sent_block, 1, 0) == -1 && errno == ECONNRESET);
        close_sending();
}

SCENARIO(alive, a_question_whether_the_guest_is_there_is_answered)
{
        (void)argument;
        network_start();
        open_sending();
        guess(5000, sending.theirs, PACKET_ACK, 0);
        CHECK(only_acknowledged(5001));
        guess(5000, sending.theirs, PACKET_ACK, 1);
        CHECK(only_acknowledged(5001) && has_nothing_to_read());
        close_sending();
}

/* The connection that the guest opens to the peer's port 7; returns the guest's port and sets its sequence number. */
static uint16_t connecting(int *client, uint32_t *ours)
{
        struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(7)};
        memcpy(&to.sin_addr, peer.ip, 4);
        *client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        CHECK(connect(*client, (const struct sockaddr *)&to, sizeof(to)) == -1 && errno == EINPROGRESS);
        struct fake_frame *frame = NULL;
        for (int i = 0; i < 50 && (frame = next_sent(6)) == NULL; i++)
                rest(1);
        CHECK(frame != NULL && packet_tcp_flags(frame->data) == PACKET_SYN);
        *ours = packet_tcp_sequence(frame->data);
        const uint16_t port = (uint16_t)(frame->data[34] << 8 | frame->data[35]);
        free(frame);
        return port;
}

SCENARIO(guessed_syn, options_of_a_guessed_answer_do_not_count)
{
        (void)argument;
        int client;
        uint32_t ours;
        network_start();
        const uint16_t port = connecting(&client, &ours);
        packet_options = (struct packet_options){8, {3, 3, 14, 4, 2, 2, 4, 1}}; /* scale 14, SACK */
        packet_tcp(&peer, &guest, 7, port, 9000, ours + 2000, PACKET_SYN | PACKET_ACK, NULL, 0, fake_inject);
        packet_tcp(&peer, &guest, 7, port, 9000, 0, PACKET_SYN, NULL, 0, fake_inject);
        rest(2);
        packet_no_options();
        packet_tcp(&peer, &guest, 7, port, 9000, ours + 1, PACKET_SYN | PACKET_ACK, NULL, 0, fake_inject);
        rest(2);
        CHECK(ready(client, POLLOUT, 0) == POLLOUT);
        CHECK(tcp_active_pcbs->snd_scale == 0 && (tcp_active_pcbs->flags & (TF_WND_SCALE | TF_SACK)) == 0);
        close(client);
        rest(100);
}

SCENARIO(options, options_of_the_answer_count)
{
        (void)argument;
        int client;
        uint32_t ours;
        network_start();
        const uint16_t port = connecting(&client, &ours);
        packet_options = (struct packet_options){8, {3, 3, 7, 4, 2, 1, 1, 1}};
        packet_tcp(&peer, &guest, 7, port, 9000, ours + 1, PACKET_SYN | PACKET_ACK, NULL, 0, fake_inject);
        packet_no_options();
        rest(2);
        CHECK(tcp_active_pcbs->snd_scale == 7 && (tcp_active_pcbs->flags & TF_SACK) != 0);
        close(client);
        rest(100);
}

/* ---- From the peer ---- */

/* What the peer may send, from its next sequence number on. */
static uint32_t room(void)
{
        return tcp_active_pcbs->rcv_wnd;
}

/* A segment with bytes from `at` on beyond the connection's beginning. */
static void say(uint32_t at, uint8_t flags, size_t payload)
{
        packet_tcp(&peer, &guest, 1000, 80, 5001 + at, sending.theirs, flags, bytes, payload, fake_inject);
}

/* The peer sends what the guest expects, up to `end` beyond the connection's beginning; nobody reads it. */
static void send_up_to(uint32_t *at, uint32_t end)
{
        while (*at < end) {
                const size_t now = end - *at < PAYLOAD ? end - *at : PAYLOAD;
                say(*at, PACKET_ACK, now);
                *at += (uint32_t)now;
                if (*at / PAYLOAD % 8 == 0)
                        rest(1);
        }
        rest(2);
        flush_sent();
}

/* Reads all that the peer has sent, `total` bytes. */
static void read_all(size_t total)
{
        size_t done = 0;
        while (done < total) {
                const ssize_t now = recv(sending.server, sent_block, sizeof(sent_block), MSG_DONTWAIT);
                CHECK(now > 0);
                done += (size_t)now;
        }
        CHECK(done == total);
}

SCENARIO(overrun, bytes_beyond_the_window_behind_a_hole_are_not_kept)
{
        (void)argument;
        network_start();
        open_sending();
        const uint32_t window = room();
        uint32_t at = 0;
        say(window - 10, PACKET_ACK, 100);
        send_up_to(&at, window - 10);
        send_up_to(&at, window);
        CHECK(room() == 0);
        read_all(window);
        close_sending();
}

/* A connection whose window has that many bytes left; returns how many it has got. */
static uint32_t open_with_room(uint32_t left)
{
        uint32_t at = 0;
        network_start();
        open_sending();
        send_up_to(&at, room() - left);
        return at;
}

/* The rest has come: what was sent is read, `total` bytes, and then the FIN. */
static void read_to_the_end(size_t total)
{
        read_all(total);
        CHECK(recv(sending.server, sent_block, 1, 0) == 0);
        close_sending();
}

SCENARIO(moved_end, an_end_behind_a_hole_does_not_move)
{
        (void)argument;
        uint32_t at = open_with_room(500);
        /* the last byte of all, a hole before it */
        say(at + 10, PACKET_ACK | PACKET_FIN, 1);
        rest(2);
        /* and yet there is more, in order: to the window's end */
        say(at, PACKET_ACK, 500);
        rest(2);
        send_up_to(&at, at + 10);
        read_to_the_end(at + 1);
}

SCENARIO(moved_hole, an_end_behind_a_hole_is_not_moved_by_bytes_behind_the_hole)
{
        (void)argument;
        uint32_t at = open_with_room(500);
        say(at + 100, PACKET_ACK | PACKET_FIN, 1);
        say(at + 10, PACKET_ACK, 490);
        rest(2);
        send_up_to(&at, at + 100);
        read_to_the_end(at + 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_segment_beyond_the_window_does_not_change_the_window),
                cmocka_unit_test(a_segment_before_the_window_does_not_acknowledge),
                cmocka_unit_test(data_that_acknowledges_what_was_not_sent_is_not_read),
                cmocka_unit_test(answers_do_not_ask_for_answers_without_end),
                cmocka_unit_test(data_without_an_acknowledgement_is_not_read),
                cmocka_unit_test(a_reset_in_the_window_is_challenged),
                cmocka_unit_test(a_question_whether_the_guest_is_there_is_answered),
                cmocka_unit_test(options_of_a_guessed_answer_do_not_count),
                cmocka_unit_test(options_of_the_answer_count),
                cmocka_unit_test(bytes_beyond_the_window_behind_a_hole_are_not_kept),
                cmocka_unit_test(an_end_behind_a_hole_does_not_move),
                cmocka_unit_test(an_end_behind_a_hole_is_not_moved_by_bytes_behind_the_hole),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
