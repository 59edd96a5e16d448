/* IP fragments, UDP datagrams and DHCP messages that are not as long as they say. */
#include "network_peer.h"

#include "fake/packet6.h"
#include "libos/net/network.h"
#include "lwip/dhcp.h"
#include "lwip/prot/dhcp.h"

#define UDP  17u
#define PORT 53u

static const struct packet_host6 peer6 = {.mac = {2, 0, 0, 0, 0, 1}, .ip = {0xfd, [15] = 1}};
static const struct packet_host6 guest6 = {.mac = {0x52, 0x54, 0, 0, 0, 2}, .ip = {0xfd, [15] = 2}};

static uint8_t datagram[65536]; /* UDP: header and payload */

/* Writes a datagram of that many bytes, its header included, which says that it has `says` of them; no checksum. */
static void fill_datagram(uint16_t to, size_t bytes, size_t says)
{
        memset(datagram, 'x', bytes);
        packet_put16(datagram, 9);
        packet_put16(datagram + 2, to);
        packet_put16(datagram + 4, (unsigned)says);
        packet_put16(datagram + 6, 0);
}

static int service(int family)
{
        const struct sockaddr_in6 any6 = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
        const struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(PORT)};
        const int socket_of = socket(family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        CHECK(bind(socket_of, family == AF_INET ? (const struct sockaddr *)&any : (const struct sockaddr *)&any6,
                   family == AF_INET ? sizeof(any) : sizeof(any6)) == 0);
        return socket_of;
}

/* How many bytes the next datagram has; -1: there is none. */
static ssize_t arrived(int from)
{
        char buffer[2000];
        rest(2);
        return recv(from, buffer, sizeof(buffer), 0);
}

/* ---- Fragments ---- */

/* The bytes of the datagram from `at` to `end`, as a fragment of IPv4. */
static void fragment(uint16_t identification, size_t at, size_t end, bool more)
{
        uint8_t frame[1500];
        const size_t bytes = packet_ip(frame, &peer, &guest, UDP, end - at);
        packet_put16(frame + 18, identification);
        packet_put16(frame + 20, (unsigned)(at / 8) | (more ? 0x2000u : 0));
        packet_put16(frame + 24, 0);
        packet_put16(frame + 24, ~packet_sum(frame + 14, 20, 0) & 0xffff);
        memcpy(frame + 34, datagram + at, end - at);
        fake_inject(frame, bytes);
}

static size_t fragment6_in(uint8_t *frame, uint16_t identification, size_t at, size_t end, bool more)
{
        packet6_ip(frame, &peer6, &guest6, 44, 64, 8 + end - at);
        memset(frame + 54, 0, 8);
        frame[54] = UDP;
        packet_put16(frame + 56, (unsigned)at | more);
        packet_put16(frame + 60, identification);
        memcpy(frame + 62, datagram + at, end - at);
        return 62 + end - at;
}

static void fragment6(uint16_t identification, size_t at, size_t end, bool more)
{
        uint8_t frame[1500];
        fake_inject(frame, fragment6_in(frame, identification, at, end, more));
}

/* With a checksum, which IPv6 asks for. */
static void fill_datagram6(size_t bytes)
{
        fill_datagram(PORT, bytes, bytes);
        const uint32_t addresses = packet_sum(guest6.ip, 16, packet_sum(peer6.ip, 16, UDP + (uint32_t)bytes));
        packet_put16(datagram + 6, ~packet_sum(datagram, bytes, addresses) & 0xffff);
}

SCENARIO(whole, fragments_in_any_order_make_a_datagram)
{
        (void)argument;
        network_start();
        const int from = service(AF_INET);
        fill_datagram(PORT, 28, 28);
        fragment(1, 16, 28, false);
        fragment(1, 0, 8, true);
        fragment(1, 8, 16, true);
        CHECK(arrived(from) == 20);
        close(from);
}

SCENARIO(whole6, fragments_of_ipv6_in_any_order_make_a_datagram)
{
        (void)argument;
        network_start();
        rest(3000);
        const int from = service(AF_INET6);
        fill_datagram6(28);
        fragment6(1, 16, 28, false);
        fragment6(1, 0, 8, true);
        fragment6(1, 8, 16, true);
        CHECK(arrived(from) == 20);
        close(from);
}

SCENARIO(beyond, a_fragment_beyond_the_last_one_makes_no_datagram)
{
        (void)argument;
        network_start();
        const int from = service(AF_INET);
        fill_datagram(PORT, 32, 32);
        fragment(1, 8, 16, false);
        fragment(1, 16, 32, true);
        fragment(1, 0, 8, true);
        CHECK(arrived(from) == -1);
        close(from);
}

SCENARIO(beyond6, a_fragment_of_ipv6_beyond_the_last_one_makes_no_datagram)
{
        (void)argument;
        network_start();
        rest(3000);
        const int from = service(AF_INET6);
        fill_datagram6(32);
        fragment6(1, 8, 16, false);
        fragment6(1, 16, 32, true);
        fragment6(1, 0, 8, true);
        CHECK(arrived(from) == -1);
        close(from);
}

/* With its IPv6 header the packet is too long for lwIP, which would lose the first bytes behind that. */
SCENARIO(longest6, a_packet_of_ipv6_longer_than_16_bits_say_is_not_taken_for_another)
{
        (void)argument;
        const size_t bytes = 65528;
        fake_checksum_good = true;
        network_start();
        rest(3000);
        const int from = service(AF_INET6);
        fill_datagram(9, bytes, bytes);
        packet_put16(datagram + 6, 1);
        memcpy(datagram + 40, datagram, 8);
        packet_put16(datagram + 42, PORT);
        packet_put16(datagram + 44, 100);
        for (size_t at = 0; at < bytes; at += 1400) {
                const bool more = at + 1400 < bytes;
                fragment6(1, at, more ? at + 1400 : bytes, more);
                rest(1);
        }
        CHECK(arrived(from) == -1);
        close(from);
}

SCENARIO(many_pieces, a_fragment_in_more_pieces_than_are_kept_is_dropped)
{
        (void)argument;
        static uint8_t frame[54 + 70 * 64];
        fake_receive_buffers = 256;
        network_start();
        rest(3000);
        (void)fragment6_in(frame, 1, 0, 0, true);
        packet_put16(frame + 18, sizeof(frame) - 54);
        fake_inject_pieces(frame, sizeof(frame), 70);
        rest(70000);
        CHECK(answers_pings());
}

/* ---- UDP ---- */

static void send_datagram(size_t bytes)
{
        uint8_t frame[1500];
        const size_t total = packet_ip(frame, &peer, &guest, UDP, bytes);
        memcpy(frame + 34, datagram, bytes);
        fake_inject(frame, total);
}

SCENARIO(udp_length, a_datagram_is_as_long_as_it_says)
{
        (void)argument;
        network_start();
        const int from = service(AF_INET);
        fill_datagram(PORT, 40, 20);
        send_datagram(40);
        CHECK(arrived(from) == 12);
        static const uint16_t wrong[] = {41, 7, 0, 65535};
        for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
                fill_datagram(PORT, 40, wrong[i]);
                send_datagram(40);
                CHECK(arrived(from) == -1);
        }
        close(from);
}

SCENARIO(udp_checksum, a_datagram_of_ipv6_without_a_checksum_is_dropped)
{
        (void)argument;
        uint8_t frame[1500];
        network_start();
        rest(3000);
        const int from = service(AF_INET6);
        for (unsigned with = 0; with < 2; with++) {
                fill_datagram6(20);
                if (!with)
                        packet_put16(datagram + 6, 0);
                packet6_ip(frame, &peer6, &guest6, UDP, 64, 20);
                memcpy(frame + 54, datagram, 20);
                fake_inject(frame, 74);
                CHECK(arrived(from) == (with ? 12 : -1));
        }
        close(from);
}

/* ---- DHCP ---- */

/* An option of 33 bytes begins in the message's first piece, and ends behind the second, which has 8. */
SCENARIO(dhcp_pieces, an_option_longer_than_the_rest_of_a_cut_message_is_not_followed)
{
        (void)argument;
        uint8_t *const dhcp_message = datagram + 8;
        network_start();
        ip4_addr_t address, mask, gateway;
        IP4_ADDR(&address, 10, 0, 0, 2);
        IP4_ADDR(&mask, 255, 255, 255, 0);
        IP4_ADDR(&gateway, 10, 0, 0, 1);
        network_enter();
        CHECK(dhcp_start(&network_interfaces[0]->netif) == ERR_OK);
        netif_set_addr(&network_interfaces[0]->netif, &address, &mask, &gateway); /* as when the lease is renewed */
        const uint32_t transaction = netif_dhcp_data(&network_interfaces[0]->netif)->xid;
        network_leave();
        fill_datagram(68, 600, 600);
        packet_put16(datagram, 67);
        memset(dhcp_message, 0, 592);
        dhcp_message[0] = 2;
        packet_put32(dhcp_message + 4, transaction);
        memcpy(dhcp_message + 28, guest.mac, 6);
        packet_put32(dhcp_message + 236, 0x63825363);
        memcpy(dhcp_message + 240, (const uint8_t[]){53, 1, 2, 12, 33}, 5);
        memset(dhcp_message + 245, 12, 300);
        fragment(1, 0, 256, true);
        for (size_t at = 256; at < 600; at += 8)
                fragment(1, at, at + 8, at + 8 < 600);
        rest(10);
        CHECK(answers_pings());
        network_enter();
        CHECK(netif_dhcp_data(&network_interfaces[0]->netif)->state == DHCP_STATE_SELECTING);
        network_leave();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(fragments_in_any_order_make_a_datagram),
                cmocka_unit_test(fragments_of_ipv6_in_any_order_make_a_datagram),
                cmocka_unit_test(a_fragment_beyond_the_last_one_makes_no_datagram),
                cmocka_unit_test(a_fragment_of_ipv6_beyond_the_last_one_makes_no_datagram),
                cmocka_unit_test(a_packet_of_ipv6_longer_than_16_bits_say_is_not_taken_for_another),
                cmocka_unit_test(a_fragment_in_more_pieces_than_are_kept_is_dropped),
                cmocka_unit_test(a_datagram_is_as_long_as_it_says),
                cmocka_unit_test(a_datagram_of_ipv6_without_a_checksum_is_dropped),
                cmocka_unit_test(an_option_longer_than_the_rest_of_a_cut_message_is_not_followed),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
