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

static void flush_sent(void)
{
        for (struct fake_frame *frame; (frame = next_sent(6)) != NULL;)
                free(frame);
}

static bool answers_pings(void)
{
        packet_ping(&peer, &guest, 100, fake_inject);
        struct fake_frame *reply = NULL;
        for (int i = 0; i < 50 && reply == NULL; i++) {
                rest(1);
                reply = next_sent(1);
        }
        free(reply);
        return reply != NULL;
}

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

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_acknowledgement_with_the_window_shut_ends_its_probing),
                cmocka_unit_test(an_acknowledgement_of_a_probe_ends_the_probing),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
