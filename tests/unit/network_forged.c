/* Peers that mean harm: what they send must not end the guest, nor take its addresses or its memory. */
#include "network_peer.h"

#include "fake/packet6.h"
#include "libos/net/network.h"
#include "lwip/netif.h"
#include "lwip/priv/nd6_priv.h"
#include "lwip/priv/tcp_priv.h"

#define NEIGHBOUR_REDIRECT   137
#define ROUTER_ADVERTISEMENT 134

static const struct packet_host6 peer6 = {.mac = {2, 0, 0, 0, 0, 1}, .ip = {0xfe, 0x80, [15] = 1}};
static const struct packet_host6 guest6 = {.mac = {0x52, 0x54, 0, 0, 0, 2}, .ip = {0xfd, [15] = 2}};
static const struct packet_host6 all_nodes = {.mac = {0x33, 0x33, 0, 0, 0, 1}, .ip = {0xff, 2, [15] = 1}};

/* ---- TCP ---- */

/* The peer has sent a byte; it acknowledges what the guest has sent, and says how much more it has room for. */
static void say_window(uint32_t acknowledged, uint16_t window)
{
        packet_window = window;
        packet_tcp(&peer, &guest, 1000, 80, 5002, sending.theirs + acknowledged, PACKET_ACK, NULL, 0, fake_inject);
        packet_window = 65535;
        rest(2);
}

static void open_asking(void)
{
        char question;
        open_sending();
        packet_tcp(&peer, &guest, 1000, 80, 5001, sending.theirs, PACKET_ACK, "?", 1, fake_inject);
        CHECK(recv(sending.server, &question, 1, 0) == 1);
}

SCENARIO(shut, an_acknowledgement_with_the_window_shut_ends_its_probing)
{
        (void)argument;
        network_start();
        open_asking();
        CHECK(send(sending.server, "answer", 6, 0) == 6);
        rest(1);
        say_window(0, 0);
        rest(3000); /* it is to be sent again, and there is no room */
        say_window(6, 0);
        rest(3000);
        CHECK(answers_pings());
        close_sending();
}

SCENARIO(shut_byte, an_acknowledgement_of_a_probe_ends_the_probing)
{
        (void)argument;
        network_start();
        open_asking();
        say_window(0, 0);
        CHECK(send(sending.server, "x", 1, 0) == 1);
        rest(1000);
        say_window(1, 0);
        rest(3000);
        CHECK(answers_pings());
        close_sending();
}

/* Whether the guest has reset the peer's connection since it was last looked. */
static bool was_reset(void)
{
        bool reset = false;
        for (struct fake_frame *frame; (frame = next_sent(6)) != NULL; free(frame))
                reset |= (packet_tcp_flags(frame->data) & PACKET_RST) != 0;
        return reset;
}

SCENARIO(orphan, a_closed_connection_does_not_wait_for_ever_for_a_peer_without_room)
{
        (void)argument;
        network_start();
        open_asking();
        say_window(0, 0);
        CHECK(send(sending.server, sent_block, 10000, 0) == 10000);
        close(sending.server);
        bool gone = false;
        unsigned seconds = 0;
        for (; seconds < 300 && !gone; seconds++) {
                say_window(0, 0);
                rest(1000);
                gone = was_reset();
        }
        CHECK(seconds > 60 && gone && tcp_active_pcbs == NULL);
        close(sending.listener);
}

SCENARIO(last_bytes, a_peer_that_has_said_its_last_word_gets_all_of_a_slow_answer)
{
        (void)argument;
        fill_block();
        network_start();
        open_asking();
        packet_tcp(&peer, &guest, 1000, 80, 5002, sending.theirs, PACKET_ACK | PACKET_FIN, NULL, 0, fake_inject);
        rest(2);
        CHECK(send(sending.server, sent_block, 10000, 0) == 10000);
        close(sending.server);
        size_t arrived = 0;
        for (unsigned i = 0; i < 40 && arrived < 10000; i++) {
                bool took = false;
                for (struct fake_frame *frame; (frame = next_sent(6)) != NULL; free(frame)) {
                        const size_t payload = frame->bytes - 54;
                        if (took || packet_tcp_sequence(frame->data) != sending.theirs + arrived || payload == 0)
                                continue;
                        CHECK(memcmp(frame->data + 54, sent_block + arrived, payload) == 0);
                        arrived += payload;
                        took = true;
                }
                packet_tcp(&peer, &guest, 1000, 80, 5003, sending.theirs + (uint32_t)arrived, PACKET_ACK, NULL, 0,
                           fake_inject);
                rest(900);
        }
        CHECK(arrived == 10000);
        close(sending.listener);
}

/* ---- Sources ---- */

static void datagram_from(const uint8_t ip[4], uint16_t port)
{
        const struct packet_host claimed = {.mac = {2, 0, 0, 0, 0, 1}, .ip = {ip[0], ip[1], ip[2], ip[3]}};
        uint8_t frame[46];
        const size_t bytes = packet_ip(frame, &claimed, &guest, 17, 12);
        memset(frame + 34, 0, 12);
        packet_put16(frame + 34, 53);
        packet_put16(frame + 36, port);
        packet_put16(frame + 38, 12);
        fake_inject(frame, bytes);
        rest(2);
}

SCENARIO(ourselves, nobody_on_the_wire_passes_for_the_guest)
{
        (void)argument;
        char buffer[20];
        network_start();
        const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(53)};
        const int service = socket(AF_INET, SOCK_DGRAM, 0);
        CHECK(bind(service, (const struct sockaddr *)&address, sizeof(address)) == 0);
        static const uint8_t forged[][4] = {{127, 0, 0, 1}, {10, 0, 0, 2}};
        for (unsigned i = 0; i < 2; i++) {
                datagram_from(forged[i], 53);
                CHECK(recv(service, buffer, sizeof(buffer), MSG_DONTWAIT) == -1 && errno == EAGAIN);
        }
        datagram_from(peer.ip, 53);
        CHECK(recv(service, buffer, sizeof(buffer), MSG_DONTWAIT) == 4);
        close(service);
        /* nor does a connection from the guest's own port to itself come of it */
        const int listener = tcp_listener(80, 5);
        packet_tcp(&guest, &guest, 80, 80, 5000, 0, PACKET_SYN, NULL, 0, fake_inject);
        rest(2);
        CHECK(tcp_active_pcbs == NULL);
        close(listener);
}

static void datagram6_from(const uint8_t ip[16])
{
        uint8_t frame[54 + 12] = {0};
        uint8_t *const udp = frame + 54;
        struct packet_host6 claimed = peer6;
        memcpy(claimed.ip, ip, sizeof(claimed.ip));
        packet6_ip(frame, &claimed, &guest6, 17, 64, 12);
        packet_put16(udp, 53);
        packet_put16(udp + 2, 53);
        packet_put16(udp + 4, 12);
        packet_put16(udp + 6, ~packet_sum(udp, 12, packet_sum(frame + 22, 32, 17 + 12)) & 0xffff);
        fake_inject(frame, sizeof(frame));
        rest(2);
}

SCENARIO(ourselves6, nobody_on_the_wire_passes_for_the_guest_over_ipv6)
{
        (void)argument;
        char buffer[16];
        network_start();
        rest(5000); /* until the address is no longer tentative */
        const int service = socket(AF_INET6, SOCK_DGRAM, 0);
        const struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_port = htons(53)};
        CHECK(bind(service, (const struct sockaddr *)&name, sizeof(name)) == 0);
        static const uint8_t loopback[16] = {[15] = 1};
        const uint8_t *const forged[] = {loopback, guest6.ip};
        for (unsigned i = 0; i < 2; i++) {
                datagram6_from(forged[i]);
                CHECK(recv(service, buffer, sizeof(buffer), MSG_DONTWAIT) == -1 && errno == EAGAIN);
        }
        datagram6_from(peer6.ip);
        CHECK(recv(service, buffer, sizeof(buffer), MSG_DONTWAIT) == 4);
        close(service);
}

SCENARIO(nobody, what_comes_from_no_address_is_not_answered)
{
        (void)argument;
        network_start();
        const int listener = tcp_listener(80, 5);
        const struct packet_host none = {.mac = {2, 0, 0, 0, 0, 1}};
        packet_ping(&none, &guest, 20, fake_inject);
        packet_tcp(&none, &guest, 80, 80, 5000, 0, PACKET_SYN, NULL, 0, fake_inject);
        packet_tcp(&none, &guest, 80, 81, 5000, 0, PACKET_SYN, NULL, 0, fake_inject);
        datagram_from(none.ip, 53);
        datagram_from(none.ip, 68);
        rest(2);
        for (struct fake_frame *frame; (frame = fake_sent()) != NULL; free(frame))
                CHECK(packet_protocol(frame->data, frame->bytes) == -1 || memcmp(frame->data + 30, none.ip, 4) != 0);
        CHECK(tcp_active_pcbs == NULL);
        close(listener);
}

/* ---- Neighbours ---- */

static ip6_addr_t address_of(const struct packet_host6 *host)
{
        ip6_addr_t address = {0};
        memcpy(address.addr, host->ip, 16);
        return address;
}

static const struct nd6_neighbor_cache_entry *neighbour(const struct packet_host6 *host)
{
        const ip6_addr_t address = address_of(host);
        for (unsigned i = 0; i < LWIP_ND6_NUM_NEIGHBORS; i++)
                if (neighbor_cache[i].state != ND6_NO_ENTRY &&
                    ip6_addr_zoneless_eq(&neighbor_cache[i].next_hop_address, &address))
                        return &neighbor_cache[i];
        return NULL;
}

SCENARIO(claimed, an_address_in_use_is_not_given_up_because_another_claims_it)
{
        (void)argument;
        network_start();
        rest(5000);
        packet6_advertise(&(struct packet_host6){.mac = {2, 0, 0, 0, 0, 1}, .ip = {0xfd, [15] = 2}}, &all_nodes,
                          fake_inject);
        uint8_t body[24] = {0xfd, [15] = 2, [16] = 2, [17] = 1, [18] = 2, [23] = 1};
        packet6_icmp(&peer6, &all_nodes, PACKET6_NEIGHBOUR_ADVERTISEMENT, 0x20000000, body, sizeof(body), fake_inject);
        rest(2);
        const ip6_addr_t ours = address_of(&guest6);
        struct netif *netif = netif_get_by_index(network_interfaces[0]->netif.num + 1);
        const s8_t slot = netif_get_ip6_addr_match(netif, &ours);
        CHECK(slot >= 0 && ip6_addr_ispreferred(netif_ip6_addr_state(netif, slot)));
}

SCENARIO(own_link, an_address_that_is_being_tried_is_given_up_to_its_owner)
{
        (void)argument;
        network_start();
        struct netif *netif = &network_interfaces[0]->netif;
        CHECK(ip6_addr_istentative(netif_ip6_addr_state(netif, 0)));
        struct packet_host6 owner = {.mac = {2, 0, 0, 0, 0, 1}};
        memcpy(owner.ip, netif_ip6_addr(netif, 0)->addr, 16);
        packet6_advertise(&owner, &all_nodes, fake_inject);
        rest(2);
        CHECK(ip6_addr_isduplicated(netif_ip6_addr_state(netif, 0)));
}

SCENARIO(options, a_neighbours_message_with_an_option_of_no_length_is_not_read)
{
        (void)argument;
        network_start();
        rest(5000);
        uint8_t body[24] = {0xfd, [15] = 2, [16] = 1, [17] = 0};
        packet6_icmp(&peer6, &guest6, PACKET6_NEIGHBOUR_SOLICITATION, 0, body, 18, fake_inject);
        packet6_icmp(&peer6, &guest6, PACKET6_NEIGHBOUR_SOLICITATION, 0, body, 24, fake_inject);
        rest(2);
        CHECK(neighbour(&peer6) == NULL);
        body[17] = 1;
        packet6_icmp(&peer6, &guest6, PACKET6_NEIGHBOUR_SOLICITATION, 0, body, 24, fake_inject);
        rest(2);
        CHECK(neighbour(&peer6) != NULL);
}

SCENARIO(redirect, a_redirect_is_not_followed)
{
        (void)argument;
        network_start();
        rest(5000);
        uint8_t body[40] = {0xfe, 0x80, [15] = 9, [16] = 0xfd, [31] = 1, [32] = 2, [33] = 1, [34] = 2, [39] = 9};
        const struct packet_host6 other = {.ip = {0xfe, 0x80, [15] = 9}};
        const struct sockaddr_in6 to = {
                .sin6_family = AF_INET6, .sin6_port = htons(9), .sin6_addr = {{{0xfd, [15] = 1}}}};
        const int service = socket(AF_INET6, SOCK_DGRAM, 0);
        (void)sendto(service, "x", 1, 0, (const struct sockaddr *)&to, sizeof(to));
        packet6_icmp(&peer6, &guest6, NEIGHBOUR_REDIRECT, 0, body, sizeof(body), fake_inject);
        rest(2);
        CHECK(neighbour(&other) == NULL);
        close(service);
}

static void silent_run(void *argument)
{
        (void)argument;
        network_start();
        const uint8_t body[8] = {0};
        CHECK(default_router_list[0].neighbor_entry == NULL);
        packet6_icmp(&peer6, &all_nodes, ROUTER_ADVERTISEMENT, 0x40000708, body, sizeof(body), fake_inject);
        rest(2);
        CHECK(default_router_list[0].neighbor_entry == NULL);
}

static void a_guest_without_ipv6_learns_nothing_of_routers(void **state)
{
        (void)state;
        static const struct fake_machine machine = {.memory = {{1ul << 20, 16ul << 20}}};
        static const char *const words[] = {"ip", "10.0.0.2/24,gw=10.0.0.1", "ip6", "none", NULL};
        fake_options = words;
        assert_int_equal(fake_run(&machine, silent_run, NULL), 0);
}

/* ---- Memory ---- */

static void gap_run(void *argument)
{
        (void)argument;
        network_start();
        const int listener = tcp_listener(80, 255);
        static const char part[60];
        for (uint16_t port = 1000; port < 1060; port++) {
                const uint32_t theirs = open_from(port, 5000);
                for (uint32_t i = 1; i < 200; i++) {
                        packet_tcp(&peer, &guest, port, 80, 5001 + i * 70, theirs, PACKET_ACK, part, sizeof(part),
                                   fake_inject);
                        if (i % 20 == 0)
                                rest(1);
                }
                rest(20);
                flush_sent();
        }
        close(listener);
}

static void segments_out_of_order_do_not_keep_others_out(void **state)
{
        (void)state;
        static const struct fake_machine machine = {.memory = {{1ul << 20, 2ul << 20}}};
        fake_options = static_address;
        assert_int_equal(fake_run(&machine, gap_run, NULL), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_acknowledgement_with_the_window_shut_ends_its_probing),
                cmocka_unit_test(an_acknowledgement_of_a_probe_ends_the_probing),
                cmocka_unit_test(a_closed_connection_does_not_wait_for_ever_for_a_peer_without_room),
                cmocka_unit_test(a_peer_that_has_said_its_last_word_gets_all_of_a_slow_answer),
                cmocka_unit_test(nobody_on_the_wire_passes_for_the_guest),
                cmocka_unit_test(nobody_on_the_wire_passes_for_the_guest_over_ipv6),
                cmocka_unit_test(what_comes_from_no_address_is_not_answered),
                cmocka_unit_test(an_address_in_use_is_not_given_up_because_another_claims_it),
                cmocka_unit_test(an_address_that_is_being_tried_is_given_up_to_its_owner),
                cmocka_unit_test(a_neighbours_message_with_an_option_of_no_length_is_not_read),
                cmocka_unit_test(a_redirect_is_not_followed),
                cmocka_unit_test(a_guest_without_ipv6_learns_nothing_of_routers),
                cmocka_unit_test(segments_out_of_order_do_not_keep_others_out),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
