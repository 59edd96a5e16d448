/* netfront against a backend that is honest; see xen_net_transmit.c, and xen_net_lies.c for one that is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fake/netback.h>
#include <platform.h>

static uint8_t pages[24 * 4096] __attribute__((aligned(4096)));

static int set_up(void **state)
{
        (void)state;
        for (unsigned i = 0; i < sizeof pages; i++)
                pages[i] = (uint8_t)(i * 7 + i / 4096);
        netback_reset();
        return netback_start() == 1 ? 0 : -1;
}

/* ---- Connecting ---- */

static void a_vif_becomes_a_device(void **state)
{
        static const uint8_t mac[6] = {0x00, 0x16, 0x3e, 0x01, 0x02, 0x0f};
        (void)state;
        assert_memory_equal(fake_netdev->info.mac, mac, 6);
        assert_int_equal(fake_netdev->info.mtu, 1500);
        assert_true(fake_netdev->link_up);
        assert_int_equal(fake_netdev->info.capabilities,
                         NETDEV_TX_CHECKSUM | NETDEV_TX_TSO4 | NETDEV_TX_TSO6 | NETDEV_RX_CHECKSUM | NETDEV_RX_LARGE);
        assert_int_equal(fake_log[0], '\0');
}

static void its_keys_tell_the_backend_everything(void **state)
{
        static const char *const ones[] = {"request-rx-copy",   "feature-rx-notify", "feature-sg",
                                           "feature-gso-tcpv4", "feature-gso-tcpv6", "feature-ipv6-csum-offload"};
        (void)state;
        for (unsigned i = 0; i < sizeof ones / sizeof ones[0]; i++)
                assert_int_equal(fake_frontend_number(ones[i]), 1);
        assert_int_equal(fake_frontend_number("event-channel"), UINT32_MAX);
        assert_int_not_equal(fake_frontend_number("event-channel-tx"), fake_frontend_number("event-channel-rx"));
        assert_non_null(fake_netback.tx);
        assert_non_null(fake_netback.rx);
}

static void without_split_channels_there_is_one(void **state)
{
        (void)state;
        netback_reset();
        fake_backend_set("feature-split-event-channels", "0");
        assert_int_equal(netback_start(), 1);
        assert_int_equal(fake_channels_used(), 1);
        assert_int_not_equal(fake_frontend_number("event-channel"), UINT32_MAX);
        assert_int_equal(fake_frontend_number("event-channel-rx"), UINT32_MAX);
}

static void a_plain_backend_gets_a_plain_device(void **state)
{
        (void)state;
        netback_reset();
        fake_backend_set("feature-sg", NULL);
        fake_backend_set("feature-ipv6-csum-offload", NULL);
        fake_frontend_set("mtu", "9000");
        assert_int_equal(netback_start(), 1);
        assert_int_equal(fake_netdev->info.capabilities, NETDEV_RX_CHECKSUM | NETDEV_RX_LARGE);
        assert_int_equal(fake_netdev->info.mtu, 1500);
        /* A frame of many pieces still goes out, as one. */
        struct netdev_segment segments[3] = {{pages + 4000, 600}, {pages + 100, 400}, {pages + 9000, 500}};
        assert_int_equal(send_segments(segments, 3, NULL, 1), 0);
        flush();
        assert_int_equal(tx_waiting(), 1);
}

static void the_toolstack_may_give_an_mtu(void **state)
{
        (void)state;
        netback_reset();
        fake_frontend_set("mtu", "9000");
        assert_int_equal(netback_start(), 1);
        assert_int_equal(fake_netdev->info.mtu, 9000);
        assert_int_equal(send_frame(pages, 9014, 0), 0);
        assert_int_equal(send_frame(pages, 9015, 1), -EMSGSIZE);
}

static void a_mac_that_is_none_is_refused(void **state)
{
        static const char *const bad[] = {"",
                                          "00:16:3e:01:02",
                                          "00:16:3e:01:02:0f:",
                                          "00:16:3e:01:02:0g",
                                          "01:16:3e:01:02:0f",
                                          "00-16-3e-01-02-0f"};
        (void)state;
        for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
                netback_reset();
                fake_frontend_set("mac", bad[i]);
                assert_int_equal(xen_net_probe(), 0);
                assert_true(fake_log_has("vif0: its MAC address in xenstore is missing or none"));
                assert_int_equal(fake_grants_used(), 0);
        }
}

static void a_guest_of_4_mib_takes_few_buffers_and_no_large_packets(void **state)
{
        (void)state;
        struct xen_net_limits limits = xen_net_limits(4ul << 20);
        assert_int_equal(limits.buffers, 32);
        assert_int_equal(limits.posted, 16);
        assert_false(limits.large);
        limits = xen_net_limits(1ul << 36);
        assert_int_equal(limits.posted, XEN_NET_RING);
        netback_reset();
        fake_memory_bytes = 4ul << 20;
        assert_int_equal(netback_start(), 1);
        assert_int_equal(fake_netdev->info.capabilities & NETDEV_RX_LARGE, 0);
        assert_int_equal(fake_frontend_number("feature-gso-tcpv4"), UINT32_MAX);
        assert_int_equal(rx_waiting(), 16);
}

static void nothing_is_left_behind_when_something_runs_out(void **state)
{
        (void)state;
        for (unsigned i = 0; i < 2; i++) {
                netback_reset();
                fake_grants_left = i;
                assert_int_equal(xen_net_probe(), 0);
                assert_int_equal(fake_grants_used(), 0);
                assert_int_equal(fake_channels_used(), 0);
                netback_reset();
                fake_channels_left = i;
                assert_int_equal(xen_net_probe(), 0);
                assert_int_equal(fake_grants_used(), 0);
                assert_int_equal(fake_channels_used(), 0);
        }
        for (long left = 0; left < 6; left++) {
                netback_reset();
                fake_pages_left = left;
                assert_int_equal(xen_net_probe(), 0);
        }
}

/* ---- Receive ---- */

static void buffers_are_posted_in_one_batch(void **state)
{
        (void)state;
        assert_int_equal(rx_waiting(), 64);
        assert_int_equal(fake_netdev->statistics.kicks, 1);
}

static void a_packet_arrives_whole(void **state)
{
        (void)state;
        deliver(pages, 1514, 0);
        assert_int_equal(poll_device(), 1);
        assert_int_equal(received[0]->total_length, 1514);
        assert_int_equal(received[0]->length, 1514);
        assert_null(received[0]->next);
        assert_false(received[0]->checksum_good);
        assert_memory_equal(received[0]->data, pages, 1514);
        assert_int_equal(fake_netdev->statistics.rx_packets, 1);
        assert_int_equal(fake_netdev->statistics.rx_bytes, 1514);
        release_all();
}

static void a_packet_may_begin_anywhere_in_its_page(void **state)
{
        (void)state;
        answer_rx(pages, 4096 - 60, 60, 0);
        push_rx();
        assert_int_equal(poll_device(), 1);
        assert_memory_equal(received[0]->data, pages, 60);
        release_all();
}

static void checksums_that_need_no_look_are_marked(void **state)
{
        (void)state;
        deliver(pages, 100, NETRXF_data_validated);
        deliver(pages, 100, NETRXF_csum_blank);
        assert_int_equal(poll_device(), 2);
        assert_true(received[0]->checksum_good);
        assert_true(received[1]->checksum_good);
        release_all();
}

static void a_large_packet_is_chained_and_its_extra_slot_comes_back(void **state)
{
        (void)state;
        const struct netif_extra_info extra = {.type = XEN_NETIF_EXTRA_TYPE_GSO,
                                               .u.gso = {.size = 1448, .type = XEN_NETIF_GSO_TYPE_TCPV4}};
        answer_rx(pages, 0, 4096, NETRXF_csum_blank | NETRXF_extra_info | NETRXF_more_data);
        answer_rx_extra(&extra);
        answer_rx(pages + 4096, 0, 4096, NETRXF_more_data);
        answer_rx(pages + 8192, 0, 100, 0);
        push_rx();
        deliver(pages, 60, 0);
        assert_int_equal(poll_device(), 2);
        assert_int_equal(received[0]->total_length, 8292);
        assert_true(received[0]->checksum_good);
        assert_memory_equal(received[0]->next->data, pages + 4096, 4096);
        assert_int_equal(received[0]->next->next->length, 100);
        assert_null(received[0]->next->next->next);
        release_all();
        poll_device();
        assert_int_equal(rx_waiting(), 64);
}

static void a_packet_with_an_error_is_dropped_and_the_next_one_arrives(void **state)
{
        (void)state;
        answer_rx(pages, 0, NETIF_RSP_ERROR, 0);
        answer_rx(pages, 0, 4096, NETRXF_more_data);
        answer_rx(pages, 0, NETIF_RSP_ERROR, 0);
        push_rx();
        deliver(pages, 60, 0);
        assert_int_equal(poll_device(), 1);
        assert_int_equal(received[0]->total_length, 60);
        assert_int_equal(fake_netdev->statistics.rx_errors, 2);
        release_all();
        poll_device();
        assert_int_equal(rx_waiting(), 64);
        assert_false(fake_netdev->disabled);
}

static void pages_stay_granted_however_often_they_are_used(void **state)
{
        (void)state;
        poll_device();
        const unsigned granted = fake_grants_used();
        for (unsigned round = 0; round < 1000; round++) {
                deliver(pages, 60, 0);
                assert_int_equal(poll_device(), 1);
                release_all();
        }
        assert_in_range(fake_grants_used(), granted, granted + 2);
        assert_in_range(rx_waiting(), 63, 64);
}

static void heavy_traffic_gets_more_buffers_up_to_the_ring(void **state)
{
        (void)state;
        for (unsigned round = 0; round < 8; round++) {
                while (rx_waiting() != 0)
                        deliver(pages, 60, 0);
                while (poll_device() != 0)
                        release_all();
        }
        assert_int_equal(rx_waiting(), XEN_NET_RING);
}

static void a_stack_that_keeps_buffers_cannot_take_them_all(void **state)
{
        (void)state;
        netback_reset();
        fake_memory_bytes = 4ul << 20;
        assert_int_equal(netback_start(), 1);
        unsigned delivered = 0;
        while (rx_waiting() != 0 && delivered < 200) {
                deliver(pages, 60, 0);
                delivered++;
                poll_device();
        }
        assert_int_equal(delivered, 32);
        /* The ring is dry and the stack sleeps: a release must wake it. */
        assert_false(fake_netdev->operations->arm(fake_netdev));
        received[0]->release(received[0]);
        assert_int_equal(fake_wakes, 1);
        assert_int_equal(poll_device(), 0);
        assert_int_equal(rx_waiting(), 1);
}

static void the_stack_is_woken_once_for_each_arm(void **state)
{
        (void)state;
        poll_device();
        assert_false(fake_netdev->operations->arm(fake_netdev));
        deliver(pages, 60, 0);
        fake_event(fake_frontend_number("event-channel-rx"));
        fake_event(fake_frontend_number("event-channel-rx"));
        assert_int_equal(fake_wakes, 1);
        assert_true(fake_netdev->operations->arm(fake_netdev)); /* it is there already */
        assert_int_equal(poll_device(), 1);
        assert_false(fake_netdev->operations->arm(fake_netdev));
        assert_int_equal(fake_netback.rx->response_event, fake_netback.rx->response_producer + 1);
        release_all();
}

/* ---- Coming and going ---- */

static void the_wire_follows_the_backends_carrier(void **state)
{
        (void)state;
        poll_device();
        assert_false(fake_netdev->operations->arm(fake_netdev));
        fake_backend_set("carrier", "0");
        fake_xenbus_driver->changed(fake_xenbus_device);
        assert_false(fake_netdev->link_up);
        assert_int_equal(fake_wakes, 1);
        fake_backend_set("carrier", "1");
        fake_xenbus_driver->changed(fake_xenbus_device);
        assert_true(fake_netdev->link_up);
}

static void a_disconnection_completes_what_was_in_flight(void **state)
{
        (void)state;
        deliver(pages, 60, 0);
        assert_int_equal(poll_device(), 1);
        for (uintptr_t i = 0; i < 10; i++)
                assert_int_equal(send_frame(pages + 200, 60 + (uint32_t)i * 100, i), 0);
        flush();
        fake_xenbus_disconnect();
        for (unsigned i = 0; i < 10; i++)
                assert_int_equal(finished[i], 1);
        assert_int_equal(fake_netdev->statistics.tx_dropped, 10);
        assert_false(fake_netdev->link_up);
        assert_false(fake_netdev->disabled);
        assert_int_equal(fake_grants_used(), 0);
        assert_int_equal(fake_channels_used(), 0);
        assert_int_equal(send_frame(pages, 60, 20), -ENETDOWN);
        flush();
        assert_int_equal(poll_device(), 0);
        assert_false(fake_netdev->operations->arm(fake_netdev));
        release_all(); /* what the stack still had comes back later */
}

static void a_backend_that_comes_back_carries_packets_again(void **state)
{
        (void)state;
        struct netdev *device = fake_netdev;
        const long pages_used = fake_pages_used;
        for (unsigned round = 0; round < 50; round++) {
                assert_int_equal(send_frame(pages + 8, 1000, 1), 0);
                flush();
                fake_xenbus_disconnect();
                assert_int_equal(fake_xenbus_connect(), 0);
                netback_map();
                assert_ptr_equal(fake_netdev, device);
                assert_true(fake_netdev->link_up);
                assert_int_equal(rx_waiting(), 64);
                deliver(pages, 1000, 0);
                assert_int_equal(poll_device(), 1);
                assert_memory_equal(received[0]->data, pages, 1000);
                release_all();
                assert_int_equal(send_frame(pages + 8, 1000, 2), 0);
                flush();
                answer_tx(take_tx().id, NETIF_RSP_OKAY);
                poll_device();
                assert_int_equal(finished[2], round + 1);
        }
        assert_in_range(fake_pages_used, pages_used, pages_used + 4);
        assert_int_equal(fake_log[0], '\0');
}

static void a_backend_that_comes_back_with_less_is_refused(void **state)
{
        (void)state;
        fake_xenbus_disconnect();
        fake_backend_set("feature-gso-tcpv4", NULL);
        assert_int_equal(fake_xenbus_connect(), -ENOTSUP);
        assert_true(fake_log_has("vif0: its backend came back without features that are in use"));
}

static void pages_that_the_backend_still_has_are_never_reused(void **state)
{
        (void)state;
        const grant_reference ring = fake_frontend_number("tx-ring-ref");
        const grant_reference page = rx_slot(0)->req.gref;
        fake_grants[ring].mapped = fake_grants[page].mapped = true;
        const uint8_t *lost = fake_grants[ring].page;
        fake_xenbus_disconnect();
        assert_true(fake_grants[ring].lost);
        assert_int_equal(fake_xenbus_connect(), 0);
        netback_map();
        assert_ptr_not_equal(fake_netback.tx, lost);
        assert_true(fake_grants[page].granted); /* a receive page stays one */
        assert_int_equal(rx_waiting(), 64);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_vif_becomes_a_device, set_up),
                cmocka_unit_test_setup(its_keys_tell_the_backend_everything, set_up),
                cmocka_unit_test_setup(without_split_channels_there_is_one, set_up),
                cmocka_unit_test_setup(a_plain_backend_gets_a_plain_device, set_up),
                cmocka_unit_test_setup(the_toolstack_may_give_an_mtu, set_up),
                cmocka_unit_test_setup(a_mac_that_is_none_is_refused, set_up),
                cmocka_unit_test_setup(a_guest_of_4_mib_takes_few_buffers_and_no_large_packets, set_up),
                cmocka_unit_test_setup(nothing_is_left_behind_when_something_runs_out, set_up),
                cmocka_unit_test_setup(buffers_are_posted_in_one_batch, set_up),
                cmocka_unit_test_setup(a_packet_arrives_whole, set_up),
                cmocka_unit_test_setup(a_packet_may_begin_anywhere_in_its_page, set_up),
                cmocka_unit_test_setup(checksums_that_need_no_look_are_marked, set_up),
                cmocka_unit_test_setup(a_large_packet_is_chained_and_its_extra_slot_comes_back, set_up),
                cmocka_unit_test_setup(a_packet_with_an_error_is_dropped_and_the_next_one_arrives, set_up),
                cmocka_unit_test_setup(pages_stay_granted_however_often_they_are_used, set_up),
                cmocka_unit_test_setup(heavy_traffic_gets_more_buffers_up_to_the_ring, set_up),
                cmocka_unit_test_setup(a_stack_that_keeps_buffers_cannot_take_them_all, set_up),
                cmocka_unit_test_setup(the_stack_is_woken_once_for_each_arm, set_up),
                cmocka_unit_test_setup(the_wire_follows_the_backends_carrier, set_up),
                cmocka_unit_test_setup(a_disconnection_completes_what_was_in_flight, set_up),
                cmocka_unit_test_setup(a_backend_that_comes_back_carries_packets_again, set_up),
                cmocka_unit_test_setup(a_backend_that_comes_back_with_less_is_refused, set_up),
                cmocka_unit_test_setup(pages_that_the_backend_still_has_are_never_reused, set_up),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
