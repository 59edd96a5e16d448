/* netfront against a backend that is honest; see xen_net_lies.c for one that is not. */
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

static unsigned start_again(void)
{
        fake_netdev = NULL;
        return netback_start();
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
        assert_int_equal(start_again(), 1);
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
        assert_int_equal(start_again(), 1);
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
        assert_int_equal(start_again(), 1);
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
        assert_int_equal(start_again(), 1);
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

/* ---- Transmit ---- */

static void a_small_frame_is_copied_into_one_request(void **state)
{
        (void)state;
        struct netdev_segment segments[2] = {{pages + 4090, 12}, {pages + 20, 48}};
        assert_int_equal(send_segments(segments, 2, NULL, 3), 0);
        assert_int_equal(tx_waiting(), 0); /* not before it is flushed */
        flush();
        assert_int_equal(tx_waiting(), 1);
        struct netif_tx_request request = take_tx();
        assert_int_equal(request.size, 60);
        assert_int_equal(request.flags, 0);
        assert_memory_equal(tx_bytes(&request), pages + 4090, 12);
        assert_memory_equal(tx_bytes(&request) + 12, pages + 20, 48);
        assert_int_equal(finished[3], 0);
        answer_tx(request.id, NETIF_RSP_OKAY);
        poll_device();
        assert_int_equal(finished[3], 1);
        assert_int_equal(fake_netdev->statistics.tx_packets, 1);
}

static void a_frame_within_a_page_goes_out_where_it_lies(void **state)
{
        (void)state;
        const unsigned before = fake_grants_used();
        assert_int_equal(send_frame(pages + 1000, 1514, 0), 0);
        assert_int_equal(fake_grants_used(), before + 1);
        flush();
        struct netif_tx_request request = take_tx();
        assert_ptr_equal(tx_bytes(&request), pages + 1000);
        assert_true(fake_grants[request.gref].read_only);
        answer_tx(request.id, NETIF_RSP_OKAY);
        poll_device();
        assert_int_equal(fake_grants_used(), before);
        assert_int_equal(finished[0], 1);
}

static void a_frame_across_pages_is_one_request_all_the_same(void **state)
{
        (void)state;
        assert_int_equal(send_frame(pages + 4000, 1514, 0), 0);
        flush();
        assert_int_equal(tx_waiting(), 1);
        struct netif_tx_request request = take_tx();
        assert_memory_equal(tx_bytes(&request), pages + 4000, 1514);
}

static void a_checksum_is_left_to_the_backend(void **state)
{
        (void)state;
        const struct netdev_segment segment = {pages, 100};
        struct netdev_offload offload = {.checksum = true, .checksum_start = 34, .checksum_offset = 16};
        assert_int_equal(send_segments(&segment, 1, &offload, 0), 0);
        flush();
        assert_int_equal(take_tx().flags, NETTXF_csum_blank | NETTXF_data_validated);
        offload.checksum_start = 90;
        assert_int_equal(send_segments(&segment, 1, &offload, 1), -EINVAL);
}

static void a_large_frame_is_cut_by_the_backend(void **state)
{
        (void)state;
        const struct netdev_segment segments[2] = {{pages + 10, 66}, {pages + 5000, 20000}};
        const struct netdev_offload offload = {.checksum = true,
                                               .checksum_start = 34,
                                               .checksum_offset = 16,
                                               .segment_bytes = 1448,
                                               .header_bytes = 66,
                                               .ipv6 = true};
        assert_int_equal(send_segments(segments, 2, &offload, 9), 0);
        flush();
        struct netif_tx_request request = take_tx();
        struct netif_extra_info extra;
        uint16_t ids[20] = {request.id};
        unsigned count = 1;
        uint32_t rest = 0;
        assert_int_equal(request.size, 20066);
        assert_int_equal(request.flags,
                         NETTXF_csum_blank | NETTXF_data_validated | NETTXF_extra_info | NETTXF_more_data);
        assert_memory_equal(tx_bytes(&request), pages + 10, 66);
        memcpy(&extra, tx_slot(fake_netback.tx_taken++), sizeof extra);
        assert_int_equal(extra.type, XEN_NETIF_EXTRA_TYPE_GSO);
        assert_int_equal(extra.u.gso.size, 1448);
        assert_int_equal(extra.u.gso.type, XEN_NETIF_GSO_TYPE_TCPV6);
        while (tx_waiting() != 0) {
                request = take_tx();
                assert_true(request.offset + request.size <= 4096);
                assert_memory_equal(tx_bytes(&request), pages + 5000 + rest, request.size);
                rest += request.size;
                ids[count++] = request.id;
                assert_int_equal(request.flags, rest == 20000 ? 0 : NETTXF_more_data);
        }
        assert_int_equal(rest, 20000);
        answer_tx(ids[0], NETIF_RSP_OKAY);
        answer_tx(0xffff, NETIF_RSP_NULL); /* for the extra slot: the id means nothing */
        for (unsigned i = 1; i < count; i++) {
                poll_device();
                assert_int_equal(finished[9], 0);
                answer_tx(ids[i], NETIF_RSP_OKAY);
        }
        poll_device();
        assert_int_equal(finished[9], 1);
        assert_false(fake_netdev->disabled);
}

static void a_scattered_frame_goes_out_in_full_pages(void **state)
{
        (void)state;
        struct netdev_segment segments[NETDEV_SEGMENTS_MAX + 1];
        const struct netdev_offload offload = {.checksum = true,
                                               .checksum_start = 34,
                                               .checksum_offset = 16,
                                               .segment_bytes = 1448,
                                               .header_bytes = 66};
        for (unsigned i = 0; i <= NETDEV_SEGMENTS_MAX; i++)
                segments[i] = (struct netdev_segment){pages + 4096 * i + 3000, 1448}; /* each across two pages */
        assert_int_equal(send_segments(segments, NETDEV_SEGMENTS_MAX + 1, &offload, 0), -EMSGSIZE);
        assert_int_equal(send_segments(segments, NETDEV_SEGMENTS_MAX, &offload, 0), 0);
        flush();
        assert_int_equal(tx_waiting(), 1 + (NETDEV_SEGMENTS_MAX * 1448 + 4095) / 4096); /* one for GSO */
        uint8_t whole[NETDEV_SEGMENTS_MAX * 1448];
        uint32_t at = 0;
        for (unsigned i = 0; tx_waiting() != 0; i++) {
                struct netif_tx_request request = take_tx();
                if (i == 1)
                        continue;
                const uint32_t bytes = i == 0 ? 4096 : request.size; /* the first one's size is the frame's */
                memcpy(whole + at, tx_bytes(&request), bytes);
                at += bytes;
                answer_tx(request.id, NETIF_RSP_OKAY);
                if (i == 0)
                        answer_tx(0, NETIF_RSP_NULL);
        }
        for (unsigned i = 0; i < NETDEV_SEGMENTS_MAX; i++)
                assert_memory_equal(whole + i * 1448, segments[i].data, 1448);
        poll_device();
        assert_int_equal(finished[0], 1);
        /* The longest frame there is, wherever it lies, and one byte more. */
        for (unsigned offset = 0; offset < 4096; offset += 455) {
                const struct netdev_segment longest = {pages + offset, 65535};
                assert_int_equal(send_segments(&longest, 1, &offload, 1), 0);
                flush();
                assert_true(tx_waiting() <= XEN_NETIF_NR_SLOTS_MIN + 1);
                fake_netback.tx_taken = fake_netback.tx->request_producer;
        }
        const struct netdev_segment too_long[2] = {{pages, 65535}, {pages, 1}};
        assert_int_equal(send_segments(too_long, 2, &offload, 1), -EMSGSIZE);
}

static void what_the_backend_did_not_offer_is_refused(void **state)
{
        (void)state;
        netback_reset();
        fake_backend_set("feature-gso-tcpv6", "0");
        assert_int_equal(start_again(), 1);
        const struct netdev_segment segment = {pages, 3000};
        struct netdev_offload offload = {.checksum = true,
                                         .checksum_start = 34,
                                         .checksum_offset = 16,
                                         .segment_bytes = 1448,
                                         .header_bytes = 54,
                                         .ipv6 = true};
        assert_int_equal(send_segments(&segment, 1, &offload, 0), -EINVAL);
        offload.ipv6 = false;
        assert_int_equal(send_segments(&segment, 1, &offload, 0), 0);
        assert_int_equal(send_frame(pages, 1515, 0), -EMSGSIZE);
        assert_int_equal(send_frame(pages, 13, 0), -EINVAL);
}

static void a_full_ring_says_so_and_wakes_when_there_is_room(void **state)
{
        (void)state;
        unsigned sent = 0;
        poll_device();
        while (sent < 600 && send_frame(pages + 8, 60, sent) == 0)
                sent++;
        assert_in_range(sent, 200, XEN_NET_RING);
        flush();
        assert_false(fake_netdev->operations->arm(fake_netdev));
        assert_true(fake_netback.tx->response_event > 0);
        while (tx_waiting() != 0)
                answer_tx(take_tx().id, NETIF_RSP_OKAY);
        fake_event(fake_frontend_number("event-channel-tx"));
        assert_int_equal(fake_wakes, 1);
        poll_device();
        for (unsigned i = 0; i < sent; i++)
                assert_int_equal(finished[i], 1);
        assert_int_equal(send_frame(pages + 8, 60, 599), 0);
}

static void without_grants_a_frame_waits(void **state)
{
        (void)state;
        fake_grants_left = 0;
        assert_int_equal(send_frame(pages + 8, 1000, 1), -EAGAIN);
        const struct netdev_segment segment = {pages, 10000};
        const struct netdev_offload offload = {.checksum = true,
                                               .checksum_start = 34,
                                               .checksum_offset = 16,
                                               .segment_bytes = 1448,
                                               .header_bytes = 54};
        fake_grants_left = 2; /* the slot's, and one of three pages */
        const unsigned before = fake_grants_used();
        assert_int_equal(send_segments(&segment, 1, &offload, 2), -EAGAIN);
        assert_true(fake_grants_used() <= before + 1);
        fake_grants_left = 100;
        assert_int_equal(send_segments(&segment, 1, &offload, 2), 0);
}

static void a_dropped_frame_is_counted(void **state)
{
        (void)state;
        assert_int_equal(send_frame(pages, 60, 0), 0);
        assert_int_equal(send_frame(pages, 60, 1), 0);
        flush();
        answer_tx(take_tx().id, NETIF_RSP_DROPPED);
        answer_tx(take_tx().id, NETIF_RSP_ERROR);
        poll_device();
        assert_int_equal(fake_netdev->statistics.tx_dropped, 2);
        assert_int_equal(finished[0] + finished[1], 2);
}

static void the_backend_is_told_only_when_it_asked(void **state)
{
        (void)state;
        const event_port port = fake_frontend_number("event-channel-tx");
        const unsigned before = fake_channels[port].sends;
        assert_int_equal(send_frame(pages, 60, 0), 0);
        flush();
        assert_int_equal(fake_channels[port].sends, before + 1);
        assert_int_equal(send_frame(pages, 60, 1), 0);
        flush(); /* it is at work and has not asked again */
        assert_int_equal(fake_channels[port].sends, before + 1);
        fake_netback.tx->request_event = fake_netback.tx->request_producer + 1;
        assert_int_equal(send_frame(pages, 60, 2), 0);
        flush();
        assert_int_equal(fake_channels[port].sends, before + 2);
        flush(); /* nothing new */
        assert_int_equal(fake_channels[port].sends, before + 2);
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
                cmocka_unit_test_setup(a_small_frame_is_copied_into_one_request, set_up),
                cmocka_unit_test_setup(a_frame_within_a_page_goes_out_where_it_lies, set_up),
                cmocka_unit_test_setup(a_frame_across_pages_is_one_request_all_the_same, set_up),
                cmocka_unit_test_setup(a_checksum_is_left_to_the_backend, set_up),
                cmocka_unit_test_setup(a_large_frame_is_cut_by_the_backend, set_up),
                cmocka_unit_test_setup(a_scattered_frame_goes_out_in_full_pages, set_up),
                cmocka_unit_test_setup(what_the_backend_did_not_offer_is_refused, set_up),
                cmocka_unit_test_setup(a_full_ring_says_so_and_wakes_when_there_is_room, set_up),
                cmocka_unit_test_setup(without_grants_a_frame_waits, set_up),
                cmocka_unit_test_setup(a_dropped_frame_is_counted, set_up),
                cmocka_unit_test_setup(the_backend_is_told_only_when_it_asked, set_up),
                cmocka_unit_test_setup(the_wire_follows_the_backends_carrier, set_up),
                cmocka_unit_test_setup(a_disconnection_completes_what_was_in_flight, set_up),
                cmocka_unit_test_setup(a_backend_that_comes_back_carries_packets_again, set_up),
                cmocka_unit_test_setup(a_backend_that_comes_back_with_less_is_refused, set_up),
                cmocka_unit_test_setup(pages_that_the_backend_still_has_are_never_reused, set_up),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
