/* Long TCP segments (libos/net/segments.c): how they leave, and that a peer which takes them in part gets the rest. */
#include "network_peer.h"

#include "libos/net/network.h"
#include "lwip/etharp.h"
#include "lwip/priv/tcp_priv.h"

#define MSS 536u /* RFC 9293 3.7.1: the peer's SYN says nothing */

/* Over a device that cuts. */
static void connect_peer(void)
{
        fill_block();
        fake_capabilities |= NETDEV_TX_TSO4;
        network_start();
        open_sending();
        sent_block_is_a_file = true;
}

static void send_block(void)
{
        CHECK(send(sending.server, sent_block, sizeof(sent_block), MSG_DONTWAIT) == sizeof(sent_block));
}

/* A connection that has nothing on its way has all its room again. */
static void check_room(void)
{
        network_enter();
        for (const struct tcp_pcb *pcb = tcp_active_pcbs; pcb != NULL; pcb = pcb->next)
                CHECK(pcb->unacked != NULL || pcb->unsent != NULL ||
                      (pcb->snd_buf == TCP_SND_BUF && pcb->snd_queuelen == 0));
        network_leave();
}

static void end(void)
{
        check_room();
        sent_block_is_a_file = false;
        packet_window = 65535;
        close_sending();
}

/* Throws away what was sent, and returns how many packets of it had payload. */
static unsigned lose(void)
{
        unsigned count = 0;
        struct fake_frame *frame;
        while ((frame = next_sent(6)) != NULL) {
                count += frame->bytes > 54;
                free(frame);
        }
        return count;
}

/* Takes and acknowledges packets until at least `least` bytes of `whole` have arrived; returns how many have. */
static uint32_t take(const char *whole, uint32_t arrived, uint32_t least)
{
        for (unsigned idle = 0; arrived < least && idle < 1000;) {
                struct fake_frame *frame = next_sent(6);
                if (frame == NULL) {
                        idle++;
                        acknowledge(arrived);
                        continue;
                }
                const uint32_t bytes = (uint32_t)frame->bytes - 54;
                CHECK(packet_is_sane(frame->data, frame->bytes) && bytes <= MSS);
                if (packet_tcp_sequence(frame->data) == sending.theirs + arrived) {
                        CHECK(memcmp(frame->data + 54, whole + arrived, bytes) == 0);
                        arrived += bytes;
                }
                free(frame);
        }
        CHECK(arrived >= least);
        return arrived;
}

/* Has the congestion window grow until the guest may send some packets at once; returns how much has arrived. */
static uint32_t grow(void)
{
        return take(sent_block, 0, 30 * MSS);
}

/* A block arrives, so that much may be sent at once; the next one is on its way then. */
static void send_second(void)
{
        send_block();
        transfer(sending.theirs, sent_block, sizeof(sent_block), PACKET_PSH);
        sending.theirs += (uint32_t)sizeof(sent_block);
        send_block();
        rest(5);
}

SCENARIO(whole, bytes_of_a_file_leave_in_long_segments)
{
        (void)argument;
        connect_peer();
        send_block();
        transfer(sending.theirs, sent_block, sizeof(sent_block), PACKET_PSH);
        unsigned before = 0;
        for (uint32_t round = 1; round < 6; round++) {
                before = fake_large;
                send_block();
                sending.theirs += (uint32_t)sizeof(sent_block);
                transfer(sending.theirs, sent_block, sizeof(sent_block), PACKET_PSH);
        }
        /* most of what half the peer's window holds, now that the congestion window allows it */
        CHECK(fake_large_most > sizeof(sent_block) / 2 && fake_large_most % MSS == 0 && fake_large - before <= 3);
        end();
}

SCENARIO(silent, a_long_segment_that_is_lost_is_sent_again_in_what_the_window_allows)
{
        (void)argument;
        connect_peer();
        send_second();
        CHECK(lose() > 5);
        unsigned again = 0;
        for (int i = 0; i < 400 && again == 0; i++, again = lose())
                rest(10);
        CHECK(again == 1); /* the time-out has closed the congestion window to a packet */
        transfer(sending.theirs, sent_block, sizeof(sent_block), PACKET_PSH);
        end();
}

/* Acknowledges `arrived` until what follows is sent again, one packet, which must be what `expected` says. */
static void lose_one(uint32_t arrived, const char *expected)
{
        lose();
        for (int i = 0; i < 4; i++)
                acknowledge(arrived);
        struct fake_frame *again = next_sent(6);
        while (again != NULL && packet_tcp_sequence(again->data) != sending.theirs + arrived) {
                free(again);
                again = next_sent(6);
        }
        CHECK(again != NULL && again->bytes == 54 + MSS && memcmp(again->data + 54, expected, MSS) == 0);
        free(again);
        CHECK(lose() == 0);
}

SCENARIO(hole, one_lost_packet_of_a_long_segment_is_sent_again_alone)
{
        (void)argument;
        connect_peer();
        send_second();
        const uint32_t arrived = 2 * MSS + 100; /* in the middle of a packet, and of a segment */
        lose_one(arrived, sent_block + arrived);
        transfer(sending.theirs + arrived, sent_block + arrived, sizeof(sent_block) - arrived, PACKET_PSH);
        end();
}

SCENARIO(in_copy, what_was_copied_into_a_long_segment_is_sent_again_in_part)
{
        (void)argument;
        connect_peer();
        static char whole[300 + sizeof(sent_block)];
        memset(whole, 'c', 300);
        memcpy(whole + 300, sent_block, sizeof(sent_block));
        CHECK(send(sending.server, whole, 300, MSG_MORE) == 300);
        send_block();
        rest(5);
        lose_one(100, whole + 100);
        transfer(sending.theirs + 100, whole + 100, sizeof(whole) - 100, PACKET_PSH);
        end();
}

SCENARIO(narrow, a_peer_whose_window_shrinks_gets_what_fits)
{
        (void)argument;
        connect_peer();
        send_block();
        uint32_t arrived = grow();
        static const uint16_t windows[] = {4000, 1000, 100, 0, 1, 1461, 3000};
        for (unsigned i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
                packet_window = windows[i];
                acknowledge(arrived);
                for (int wait = 0; wait < 400; wait++) {
                        struct fake_frame *frame;
                        while ((frame = next_sent(6)) != NULL) {
                                const uint32_t at = packet_tcp_sequence(frame->data) - sending.theirs;
                                const uint32_t bytes = (uint32_t)frame->bytes - 54;
                                if (at == arrived && bytes <= packet_window) {
                                        CHECK(memcmp(frame->data + 54, sent_block + at, bytes) == 0);
                                        arrived += bytes;
                                }
                                free(frame);
                        }
                        acknowledge(arrived);
                        rest(5);
                }
        }
        packet_window = 65535;
        transfer(sending.theirs + arrived, sent_block + arrived, sizeof(sent_block) - arrived, PACKET_PSH);
        end();
}

SCENARIO(mixed, copies_and_files_follow_one_another_in_order)
{
        (void)argument;
        connect_peer();
        static char copies[20000], whole[400000];
        for (unsigned i = 0; i < sizeof(copies); i++)
                copies[i] = (char)(i * 7);
        uint32_t written = 0, arrived = 0;
        for (unsigned round = 0; round < 60; round++) {
                static const size_t lengths[] = {100, 9000, 1460, 20000, 1, 2048, 3000, 30000, 5000, 2500};
                const char *data = round % 2 == 0 ? copies : sent_block + round;
                size_t bytes = lengths[round % 10];
                const ssize_t taken = send(sending.server, data, bytes, MSG_DONTWAIT | (round % 3 == 0 ? MSG_MORE : 0));
                if (taken > 0) {
                        CHECK(written + (size_t)taken <= sizeof(whole));
                        memcpy(whole + written, data, (size_t)taken);
                        written += (uint32_t)taken;
                }
                if (round % 4 != 3)
                        continue;
                arrived = take(whole, arrived, written - arrived < 5000 ? written : arrived + 5000);
        }
        arrived = take(whole, arrived, written);
        CHECK(send(sending.server, "end", 3, 0) == 3);
        memcpy(whole + written, "end", 3);
        take(whole, arrived, written + 3);
        CHECK(fake_large_most > 3 * MSS);
        end();
}

SCENARIO(other_way, a_device_that_does_not_cut_gets_packets)
{
        (void)argument;
        connect_peer();
        send_block();
        const uint32_t arrived = grow();
        lose();
        network_interfaces[0]->info.capabilities &= ~(unsigned)NETDEV_TX_TSO4; /* as if the route had changed */
        const unsigned large = fake_large;
        transfer(sending.theirs + arrived, sent_block + arrived, sizeof(sent_block) - arrived, PACKET_PSH);
        CHECK(fake_large == large);
        end();
}

SCENARIO(forgotten, a_long_segment_that_waits_for_an_address_is_lost_and_sent_again)
{
        (void)argument;
        connect_peer();
        send_block();
        const uint32_t arrived = grow();
        lose();
        network_enter();
        etharp_cleanup_netif(&network_interfaces[0]->netif);
        network_leave();
        transfer(sending.theirs + arrived, sent_block + arrived, sizeof(sent_block) - arrived, PACKET_PSH);
        end();
}

SCENARIO(scattered, a_long_segment_of_many_pieces_leaves_whole)
{
        (void)argument;
        connect_peer();
        static char whole[12 * 2500];
        for (unsigned i = 0; i < 12; i++) {
                const char *piece = sent_block + (11 - i) * 3000;
                memcpy(whole + i * 2500, piece, 2500);
                CHECK(send(sending.server, piece, 2500, MSG_DONTWAIT | (i < 11 ? MSG_MORE : 0)) == 2500);
        }
        transfer(sending.theirs, whole, sizeof(whole), PACKET_PSH);
        end();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(bytes_of_a_file_leave_in_long_segments),
                cmocka_unit_test(a_long_segment_that_is_lost_is_sent_again_in_what_the_window_allows),
                cmocka_unit_test(one_lost_packet_of_a_long_segment_is_sent_again_alone),
                cmocka_unit_test(what_was_copied_into_a_long_segment_is_sent_again_in_part),
                cmocka_unit_test(a_peer_whose_window_shrinks_gets_what_fits),
                cmocka_unit_test(copies_and_files_follow_one_another_in_order),
                cmocka_unit_test(a_device_that_does_not_cut_gets_packets),
                cmocka_unit_test(a_long_segment_that_waits_for_an_address_is_lost_and_sent_again),
                cmocka_unit_test(a_long_segment_of_many_pieces_leaves_whole),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
