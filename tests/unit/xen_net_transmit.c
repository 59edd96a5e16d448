/* netfront transmits: frames copied and granted, what is left to the backend, a full ring; see xen_net.c. */
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
        assert_int_equal(netback_start(), 1);
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

int main(void)
{
        const struct CMUnitTest tests[] = {
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
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
