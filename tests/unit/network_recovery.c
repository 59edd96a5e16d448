/* Recovery of lost TCP packets (libos/net/recovery.c), without any time-out's help. */
#include "network_peer.h"

#define MSS 536u

static uint32_t taken; /* bytes, by the guest's socket */

static void begin(void)
{
        fill_block();
        network_start();
        open_sending();
}

static void send_bytes(uint32_t from, uint32_t bytes)
{
        CHECK(send(sending.server, sent_block + from, bytes, MSG_DONTWAIT) == (ssize_t)bytes);
        rest(2);
}

/* The offset of the next packet with payload that is sent; UINT32_MAX: there is none. */
static uint32_t next_offset(void)
{
        for (struct fake_frame *frame; (frame = next_sent(6)) != NULL;) {
                const uint32_t at = packet_tcp_sequence(frame->data) - sending.theirs;
                const size_t payload = frame->bytes - 54;
                CHECK(packet_is_sane(frame->data, frame->bytes) &&
                      (payload == 0 || memcmp(frame->data + 54, sent_block + at, payload) == 0));
                free(frame);
                if (payload != 0)
                        return at;
        }
        return UINT32_MAX;
}

static unsigned count_sent(void)
{
        unsigned count = 0;
        while (next_offset() != UINT32_MAX)
                count++;
        return count;
}

/* Acknowledges all until at least `packets` are on their way, the first of them at the offset returned. */
static uint32_t grow(unsigned packets)
{
        uint32_t arrived = 0, on_way = 0;
        const ssize_t sent = send(sending.server, sent_block, sizeof(sent_block), MSG_DONTWAIT);
        CHECK(sent > 0);
        taken = (uint32_t)sent;
        for (int i = 0; i < 100 && on_way < packets; i++) {
                arrived += on_way * MSS;
                if (arrived != 0)
                        acknowledge(arrived);
                else
                        rest(2);
                on_way = count_sent();
        }
        CHECK(on_way >= packets);
        return arrived;
}

static void take_rest(uint32_t arrived)
{
        transfer(sending.theirs + arrived, sent_block + arrived, taken - arrived, 0);
}

SCENARIO(two_holes, the_second_packet_lost_is_sent_again_with_the_first_partial_acknowledgement)
{
        (void)argument;
        begin();
        const uint32_t first = grow(10), second = first + 4 * MSS, third = first + 7 * MSS;
        for (int i = 0; i < 3; i++)
                acknowledge(first);
        bool again = false;
        for (uint32_t at; (at = next_offset()) != UINT32_MAX;) {
                CHECK(at == first || at >= first + 10 * MSS);
                again = again || at == first;
        }
        CHECK(again);
        acknowledge(second);
        CHECK(next_offset() == second);
        count_sent();
        acknowledge(third);
        CHECK(next_offset() == third);
        count_sent();
        /* each further duplicate lets at most one packet out, and no lost one again */
        for (int i = 0; i < 3; i++) {
                acknowledge(third);
                uint32_t at = next_offset();
                CHECK((at == UINT32_MAX || at > third) && next_offset() == UINT32_MAX);
        }
        take_rest(third);
        close_sending();
}

SCENARIO(limited, each_of_the_first_two_duplicates_lets_a_new_packet_out)
{
        (void)argument;
        begin();
        const uint32_t first = grow(4);
        acknowledge(first + 4 * MSS);
        const uint32_t lost = first + 4 * MSS, on_way = count_sent();
        for (unsigned i = 0; i < 2; i++) {
                acknowledge(lost);
                CHECK(next_offset() == lost + (on_way + i) * MSS && next_offset() == UINT32_MAX);
        }
        acknowledge(lost);
        CHECK(next_offset() == lost);
        close_sending();
}

static void early(unsigned packets)
{
        begin();
        send_bytes(0, 100);
        CHECK(next_offset() == 0);
        acknowledge(100);
        const int on = 1;
        CHECK(setsockopt(sending.server, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof(on)) == 0);
        send_bytes(100, packets * MSS);
        CHECK(count_sent() == packets);
        for (unsigned i = 0; i + 1 < packets; i++) {
                CHECK(next_offset() == UINT32_MAX);
                acknowledge(100);
        }
        CHECK(next_offset() == 100 && next_offset() == UINT32_MAX);
        acknowledge(100 + packets * MSS);
        send_bytes(100 + packets * MSS, 100);
        CHECK(next_offset() == 100 + packets * MSS);
        acknowledge(200 + packets * MSS);
        close_sending();
}

SCENARIO(early_two, of_two_packets_the_first_is_sent_again_with_one_duplicate)
{
        (void)argument;
        early(2);
}

SCENARIO(early_three, of_three_packets_the_first_is_sent_again_with_two_duplicates)
{
        (void)argument;
        early(3);
}

/* An acknowledgement of `bytes` that says that the packets from `left` to `right` have come too. */
static void acknowledge_with(uint32_t bytes, uint32_t left, uint32_t right)
{
        packet_option_sack(sending.theirs + left, sending.theirs + right);
        acknowledge(bytes);
        packet_no_options();
}

SCENARIO(wider, duplicates_count_although_the_window_grows_when_they_say_what_came)
{
        (void)argument;
        begin();
        packet_window = 40000;
        const uint32_t first = grow(10);
        for (unsigned i = 0; i < 3; i++) {
                packet_window = (uint16_t)(packet_window + 500);
                acknowledge_with(first, first + MSS, first + (2 + i) * MSS);
        }
        bool again = false;
        for (uint32_t at; (at = next_offset()) != UINT32_MAX;)
                again = again || at == first;
        CHECK(again);
        packet_window = 65535;
        take_rest(first);
        close_sending();
}

SCENARIO(twice, a_packet_that_came_twice_is_no_sign_of_a_loss)
{
        (void)argument;
        begin();
        packet_window = 40000;
        const uint32_t first = grow(10);
        for (unsigned i = 0; i < 5; i++) {
                packet_window = (uint16_t)(packet_window + 500);
                acknowledge_with(first, first - MSS, first);
        }
        for (uint32_t at; (at = next_offset()) != UINT32_MAX;)
                CHECK(at != first);
        packet_window = 65535;
        take_rest(first);
        close_sending();
}

SCENARIO(lost_again, what_was_sent_again_and_is_overtaken_is_sent_a_third_time)
{
        (void)argument;
        begin();
        const uint32_t first = grow(10), ended = first + 10 * MSS;
        for (unsigned i = 0; i < 3; i++)
                acknowledge_with(first, first + MSS, first + (2 + i) * MSS);
        uint32_t last = 0, resent = 0;
        for (uint32_t at; (at = next_offset()) != UINT32_MAX;) {
                resent += at == first;
                last = at > last ? at : last;
        }
        CHECK(resent == 1);
        /* what was on its way arrives: new packets leave */
        for (unsigned i = 4; first + (i + 1) * MSS <= ended; i++)
                acknowledge_with(first, first + MSS, first + (i + 1) * MSS);
        uint32_t beyond = 0;
        for (uint32_t at; (at = next_offset()) != UINT32_MAX;) {
                CHECK(at != first);
                beyond = at;
        }
        CHECK(beyond > last);
        acknowledge_with(first, first + MSS, beyond + MSS);
        CHECK(next_offset() == first);
        count_sent();
        acknowledge_with(first, first + MSS, beyond + MSS); /* says nothing new */
        for (uint32_t at; (at = next_offset()) != UINT32_MAX;)
                CHECK(at != first);
        take_rest(beyond + MSS);
        close_sending();
}

SCENARIO(liar, blocks_that_make_no_sense_do_no_harm)
{
        (void)argument;
        begin();
        const uint32_t first = grow(10);
        static const uint8_t options[][12] = {{5},
                                              {5, 0},
                                              {5, 1},
                                              {5, 2},
                                              {5, 255},
                                              {1, 1, 5, 10, 255, 255, 255, 255},
                                              {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 5},
                                              {8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 5, 10}};
        for (unsigned i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
                packet_options = (struct packet_options){.bytes = 12};
                memcpy(packet_options.data, options[i], 12);
                acknowledge(first);
        }
        packet_no_options();
        acknowledge_with(first, first + 1000 * MSS, first + 2000 * MSS);
        acknowledge_with(first, first + 5 * MSS, first + 2 * MSS);
        count_sent();
        take_rest(first);
        close_sending();
}

/* Acknowledgements that are wrong or come late do not have packets sent again for ever. */
SCENARIO(storm, a_storm_of_duplicates_costs_one_packet_each_at_most)
{
        (void)argument;
        begin();
        const uint32_t first = grow(10);
        unsigned sent = 0;
        for (int i = 0; i < 300; i++) {
                packet_tcp(&peer, &guest, 1000, 80, 5001, sending.theirs + first, PACKET_ACK, NULL, 0, fake_inject);
                if (i % 10 == 9) {
                        network_enter();
                        network_leave();
                }
        }
        rest(2);
        sent = count_sent();
        CHECK(sent <= 301);
        take_rest(first);
        close_sending();
}

SCENARIO(timed_out, a_time_out_ends_recovery_and_all_arrives)
{
        (void)argument;
        begin();
        const uint32_t first = grow(10);
        for (int i = 0; i < 3; i++)
                acknowledge(first);
        count_sent();
        rest(3000);
        CHECK(next_offset() == first);
        count_sent();
        acknowledge(first + 2 * MSS);
        take_rest(first + 2 * MSS);
        close_sending();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_second_packet_lost_is_sent_again_with_the_first_partial_acknowledgement),
                cmocka_unit_test(each_of_the_first_two_duplicates_lets_a_new_packet_out),
                cmocka_unit_test(of_two_packets_the_first_is_sent_again_with_one_duplicate),
                cmocka_unit_test(of_three_packets_the_first_is_sent_again_with_two_duplicates),
                cmocka_unit_test(duplicates_count_although_the_window_grows_when_they_say_what_came),
                cmocka_unit_test(a_packet_that_came_twice_is_no_sign_of_a_loss),
                cmocka_unit_test(what_was_sent_again_and_is_overtaken_is_sent_a_third_time),
                cmocka_unit_test(blocks_that_make_no_sense_do_no_harm),
                cmocka_unit_test(a_storm_of_duplicates_costs_one_packet_each_at_most),
                cmocka_unit_test(a_time_out_ends_recovery_and_all_arrives),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
