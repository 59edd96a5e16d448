/* What peers and routers claim about the size of packets (libos/net/claims.c), and what the guest makes of it. */
#include "network_peer.h"

#include "fake/packet6.h"
#include "libos/net/network.h"
#include "lwip/priv/tcp_priv.h"

#define MSS_DEFAULT 536u

/* Sends the block and checks that it arrives in packets with payloads of `least` to `most` bytes, the last one aside.
 */
static void check_packets(int server, uint32_t theirs, size_t bytes, size_t least, size_t most)
{
        size_t arrived = 0;
        CHECK(send(server, sent_block, bytes, MSG_DONTWAIT) == (ssize_t)bytes);
        for (int i = 0; i < 20000 && arrived < bytes; i++) {
                struct fake_frame *frame;
                while ((frame = next_sent(6)) != NULL) {
                        CHECK(packet_is_sane(frame->data, frame->bytes));
                        const size_t payload = frame->bytes - 54;
                        if (payload != 0 && packet_tcp_sequence(frame->data) == theirs + arrived) {
                                arrived += payload;
                                CHECK(payload <= most && (payload >= least || arrived == bytes));
                        }
                        free(frame);
                }
                packet_tcp(&peer, &guest, 1000, 80, 5001, theirs + (uint32_t)arrived, PACKET_ACK, NULL, 0, fake_inject);
                rest(1);
        }
        CHECK(arrived == bytes);
}

static int accept_from(int listener)
{
        const int server = accept(listener, NULL, NULL);
        CHECK(server >= 0);
        return server;
}

static void tiny(bool device_cuts)
{
        fill_block();
        if (device_cuts)
                fake_capabilities |= NETDEV_TX_TSO4;
        network_start();
        const int listener = tcp_listener(80, 5);
        packet_option_mss(1);
        const uint32_t theirs = open_from(1000, 5000);
        packet_no_options();
        const int server = accept_from(listener);
        CHECK(fake_large == 0); /* the answer's options are no payload to be cut */
        sent_block_is_a_file = device_cuts;
        check_packets(server, theirs, 5000, 48, 48);
        sent_block_is_a_file = false;
        close(server);
        close(listener);
        rest(100);
}

SCENARIO(tiny_packets, a_peer_that_asks_for_segments_of_one_byte_gets_longer_ones)
{
        (void)argument;
        tiny(false);
}

SCENARIO(tiny_cut, a_device_that_cuts_is_not_asked_for_segments_of_one_byte)
{
        (void)argument;
        tiny(true);
}

SCENARIO(late, a_segment_size_in_the_middle_of_a_connection_is_not_heard)
{
        (void)argument;
        fill_block();
        network_start();
        const int listener = tcp_listener(80, 5);
        const uint32_t theirs = open_from(1000, 5000);
        const int server = accept_from(listener);
        static const uint16_t sizes[] = {1, 100, 8960};
        size_t sent = 0;
        for (unsigned i = 0; i < 3; i++, sent += 8000) {
                packet_option_mss(sizes[i]);
                packet_tcp(&peer, &guest, 1000, 80, 5001, theirs + (uint32_t)sent, PACKET_ACK, NULL, 0, fake_inject);
                packet_no_options();
                rest(1);
                check_packets(server, theirs + (uint32_t)sent, 8000, 400, MSS_DEFAULT);
        }
        close(server);
        close(listener);
}

SCENARIO(again, a_syn_that_comes_twice_leaves_the_link_s_limit_in_force)
{
        (void)argument;
        fill_block();
        network_start();
        const int listener = tcp_listener(80, 5);
        packet_option_mss(8960);
        packet_tcp(&peer, &guest, 1000, 80, 5000, 0, PACKET_SYN, NULL, 0, fake_inject);
        rest(1);
        packet_tcp(&peer, &guest, 1000, 80, 5000, 0, PACKET_SYN, NULL, 0, fake_inject);
        packet_no_options();
        struct fake_frame *frame = NULL;
        for (int i = 0; i < 50 && (frame = next_sent(6)) == NULL; i++)
                rest(1);
        CHECK(frame != NULL);
        const uint32_t theirs = packet_tcp_sequence(frame->data) + 1;
        free(frame);
        packet_tcp(&peer, &guest, 1000, 80, 5001, theirs, PACKET_ACK, NULL, 0, fake_inject);
        const int server = accept_from(listener);
        check_packets(server, theirs, 20000, 1000, 1460);
        close(server);
        close(listener);
}

/* ---- IPv6: the path's MTU ---- */

static const struct packet_host6 neighbour = {.mac = {2, 0, 0, 0, 0, 1}, .ip = {0xfd, [15] = 1}};
static const struct packet_host6 guest6 = {.mac = {0x52, 0x54, 0, 0, 0, 2}, .ip = {0xfd, [15] = 2}};

/* Sends a datagram of 3,000 bytes; returns the longest fragment, and checks that there is one. */
static size_t longest_fragment(int socket6, const struct sockaddr_in6 *to)
{
        size_t longest = 0;
        fill_block();
        CHECK(sendto(socket6, sent_block, 3000, 0, (const struct sockaddr *)to, sizeof(*to)) == 3000);
        for (int i = 0; i < 10; i++, rest(1))
                for (struct fake_frame *frame; (frame = fake_sent()) != NULL; free(frame))
                        if (packet6_next_header(frame->data, frame->bytes) == 44 && frame->bytes - 14 > longest)
                                longest = frame->bytes - 14;
        CHECK(longest != 0);
        return longest;
}

static void too_big(uint32_t mtu)
{
        uint8_t packet[48] = {0x60, [4] = 0, [5] = 8, [6] = 17, [7] = 64};
        memcpy(packet + 8, guest6.ip, 16);
        memcpy(packet + 24, neighbour.ip, 16);
        packet6_icmp(&neighbour, &guest6, PACKET6_PACKET_TOO_BIG, mtu, packet, sizeof(packet), fake_inject);
        rest(2);
}

static u16_t segment_size(void)
{
        ip_addr_t to = {.type = IPADDR_TYPE_V6};
        memcpy(&to.u_addr.ip6.addr, neighbour.ip, 16);
        network_enter();
        const u16_t size = tcp_eff_send_mss_netif(8960, &network_interfaces[0]->netif, &to);
        network_leave();
        return size;
}

SCENARIO(path, a_path_is_at_least_1280_bytes_wide_and_no_wider_than_its_link)
{
        (void)argument;
        network_start();
        const int socket6 = socket(AF_INET6, SOCK_DGRAM, 0);
        struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
        memcpy(&to.sin6_addr, neighbour.ip, 16);
        rest(3000); /* the guest's own address is found to be nobody else's */
        CHECK(sendto(socket6, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)) == 1);
        rest(2);
        packet6_advertise(&neighbour, &guest6, fake_inject);
        rest(2);
        CHECK(longest_fragment(socket6, &to) > 1400 && segment_size() == 1500 - 60);
        static const uint32_t wider[] = {1501, 9000, 65535, 65536, UINT32_MAX};
        static const uint32_t narrower[] = {1, 39, 40, 47, 48, 49, 60, 61, 1279};
        for (unsigned i = 0; i < sizeof(wider) / sizeof(wider[0]); i++) {
                too_big(wider[i]);
                CHECK(longest_fragment(socket6, &to) <= 1500 && segment_size() == 1500 - 60);
        }
        for (unsigned i = 0; i < sizeof(narrower) / sizeof(narrower[0]); i++) {
                too_big(narrower[i]);
                const size_t longest = longest_fragment(socket6, &to);
                CHECK(longest > 1200 && longest <= 1280 && segment_size() == 1280 - 60);
        }
        too_big(1400);
        const size_t longest = longest_fragment(socket6, &to);
        CHECK(longest > 1300 && longest <= 1400 && segment_size() == 1400 - 60);
        close(socket6);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_peer_that_asks_for_segments_of_one_byte_gets_longer_ones),
                cmocka_unit_test(a_device_that_cuts_is_not_asked_for_segments_of_one_byte),
                cmocka_unit_test(a_segment_size_in_the_middle_of_a_connection_is_not_heard),
                cmocka_unit_test(a_syn_that_comes_twice_leaves_the_link_s_limit_in_force),
                cmocka_unit_test(a_path_is_at_least_1280_bytes_wide_and_no_wider_than_its_link),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
