/* netfront against a backend that lies: the device is disabled with one message, and everything comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fake/netback.h>

static uint8_t frame[8192] __attribute__((aligned(4096)));

static int set_up(void **state)
{
        (void)state;
        netback_reset();
        return netback_start() == 1 ? 0 : -1;
}

/* The next poll finds out; the grants come back when the backend is gone, and the guest goes on. */
static void expect_disabled(const char *why)
{
        poll_device();
        assert_true(fake_netdev->disabled);
        if (!fake_log_has(why))
                fail_msg("not said: %s, but: %s", why, fake_log);
        assert_true(fake_log_has("[net] net0: its backend "));
        assert_true(fake_log_has("; it is disabled"));
        assert_int_equal(fake_xenbus_failures, 1);
        release_all();
        fake_xenbus_disconnect();
        assert_int_equal(fake_grants_used(), 0);
        assert_int_equal(poll_device(), 0);
        assert_false(fake_netdev->operations->arm(fake_netdev));
        assert_ptr_equal(strstr(fake_log, "disabled"), strstr(fake_log, "it is disabled") + strlen("it is "));
}

static void more_receive_responses_than_requests_disable(void **state)
{
        (void)state;
        fake_netback.rx->response_producer = 65;
        expect_disabled("answered more receive requests than there are");
}

static void a_receive_index_that_goes_back_disables(void **state)
{
        (void)state;
        deliver(frame, 60, 0);
        assert_int_equal(poll_device(), 1);
        fake_netback.rx->response_producer = 0;
        expect_disabled("answered more receive requests than there are");
}

static void more_transmit_responses_than_requests_disable(void **state)
{
        (void)state;
        assert_int_equal(send_frame(frame, 60, 1), 0);
        flush();
        fake_netback.tx->response_producer = 2;
        expect_disabled("answered more transmit requests than there are");
        assert_int_equal(finished[1], 1);
}

static void a_frame_that_was_not_shown_cannot_be_answered(void **state)
{
        (void)state;
        assert_int_equal(send_frame(frame, 60, 1), 0);
        fake_netback.tx->response_producer = 1; /* it is on the ring, but was not flushed */
        expect_disabled("answered more transmit requests than there are");
        assert_int_equal(finished[1], 1);
}

static void an_answer_to_another_receive_request_disables(void **state)
{
        (void)state;
        answer_rx(frame, 0, 60, 0);
        rx_slot(0)->rsp.id = 1;
        push_rx();
        expect_disabled("answered a receive request that is not next");
        assert_int_equal(received_count, 0);
}

static void a_length_beyond_the_page_disables(void **state)
{
        static const struct {
                uint16_t offset;
                int16_t status;
        } bad[] = {{0, 4097}, {1, 4096}, {4095, 2}, {4097, 1}, {65535, 1}, {0, INT16_MAX}, {0, 0}};
        for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
                set_up(state);
                answer_rx(frame, bad[i].offset, bad[i].status, 0);
                push_rx();
                expect_disabled("says that it wrote beyond a page");
        }
}

static void a_packet_without_an_end_disables(void **state)
{
        (void)state;
        answer_rx(frame, 0, 4096, NETRXF_more_data);
        push_rx();
        expect_disabled("sent a packet without its end");
}

static void a_packet_longer_than_64_kib_is_dropped(void **state)
{
        (void)state;
        for (unsigned i = 0; i < 17; i++)
                answer_rx(frame, 0, 4096, i < 16 ? NETRXF_more_data : 0);
        push_rx();
        deliver(frame, 60, 0);
        assert_int_equal(poll_device(), 1);
        assert_int_equal(received[0]->total_length, 60);
        assert_int_equal(fake_netdev->statistics.rx_errors, 1);
        release_all();
}

static void a_packet_shorter_than_a_header_is_dropped(void **state)
{
        (void)state;
        deliver(frame, 13, 0);
        assert_int_equal(poll_device(), 0);
        assert_int_equal(fake_netdev->statistics.rx_errors, 1);
        assert_false(fake_netdev->disabled);
}

static void extra_information_that_is_missing_disables(void **state)
{
        (void)state;
        answer_rx(frame, 0, 60, NETRXF_extra_info);
        push_rx();
        expect_disabled("left out extra information that it announced");
}

static void extra_information_that_nobody_asked_for_disables(void **state)
{
        static const struct netif_extra_info bad[] = {
                {.type = XEN_NETIF_EXTRA_TYPE_HASH},
                {.type = 0},
                {.type = XEN_NETIF_EXTRA_TYPE_GSO, .u.gso = {.size = 0, .type = XEN_NETIF_GSO_TYPE_TCPV4}},
                {.type = XEN_NETIF_EXTRA_TYPE_GSO, .u.gso = {.size = 1448, .type = 3}},
        };
        for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
                set_up(state);
                answer_rx(frame, 0, 60, NETRXF_extra_info);
                answer_rx_extra(&bad[i]);
                push_rx();
                expect_disabled("sent extra information that it was not asked for");
        }
}

static void a_large_packet_in_a_small_guest_disables(void **state)
{
        const struct netif_extra_info extra = {.type = XEN_NETIF_EXTRA_TYPE_GSO,
                                               .u.gso = {.size = 1448, .type = XEN_NETIF_GSO_TYPE_TCPV4}};
        (void)state;
        netback_reset();
        fake_memory_bytes = 4ul << 20;
        assert_int_equal(netback_start(), 1);
        answer_rx(frame, 0, 60, NETRXF_extra_info);
        answer_rx_extra(&extra);
        push_rx();
        expect_disabled("sent extra information that it was not asked for");
}

static void an_answer_to_an_id_that_is_not_out_disables(void **state)
{
        static const uint16_t bad[] = {255, 256, 65535};
        for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
                set_up(state);
                assert_int_equal(send_frame(frame, 60, 1), 0);
                flush();
                answer_tx(bad[i], NETIF_RSP_OKAY);
                expect_disabled("answered a transmit request that it was not given");
                assert_int_equal(finished[1], 1);
        }
}

static void an_id_that_is_answered_twice_disables(void **state)
{
        const struct netdev_segment segment = {frame + 100, 8000};
        const struct netdev_offload offload = {.checksum = true,
                                               .checksum_start = 34,
                                               .checksum_offset = 16,
                                               .segment_bytes = 1448,
                                               .header_bytes = 54};
        (void)state;
        assert_int_equal(send_segments(&segment, 1, &offload, 1), 0);
        flush();
        const uint16_t id = take_tx().id;
        answer_tx(id, NETIF_RSP_OKAY);
        answer_tx(id, NETIF_RSP_OKAY);
        expect_disabled("answered a transmit request that it was not given");
        assert_int_equal(finished[1], 1);
}

static void an_unknown_status_disables(void **state)
{
        (void)state;
        assert_int_equal(send_frame(frame, 60, 1), 0);
        flush();
        answer_tx(take_tx().id, 2);
        expect_disabled("answered a transmit request with an unknown status");
        assert_int_equal(finished[1], 1);
}

static void no_answer_where_one_is_due_disables(void **state)
{
        (void)state;
        assert_int_equal(send_frame(frame, 60, 1), 0);
        flush();
        answer_tx(take_tx().id, NETIF_RSP_NULL);
        expect_disabled("left a transmit request without an answer");
        assert_int_equal(finished[1], 1);
}

/* Whatever it asks for, we send no more than one event for what is new. */
static void a_request_event_of_nonsense_does_no_harm(void **state)
{
        const event_port port = fake_frontend_number("event-channel-tx");
        (void)state;
        for (unsigned i = 0; i < 100; i++) {
                fake_netback.tx->request_event = i * 0x12345678u;
                const unsigned before = fake_channels[port].sends;
                assert_int_equal(send_frame(frame, 60, i), 0);
                flush();
                assert_in_range(fake_channels[port].sends, before, before + 1);
                answer_tx(take_tx().id, NETIF_RSP_OKAY);
                poll_device();
                assert_int_equal(finished[i], 1);
        }
}

static void features_that_are_no_numbers_are_not_there(void **state)
{
        (void)state;
        netback_reset();
        fake_backend_set("feature-gso-tcpv4", "yes");
        fake_backend_set("feature-gso-tcpv6", "2");
        fake_backend_set("feature-sg", "1");
        assert_int_equal(netback_start(), 1);
        assert_int_equal(fake_netdev->info.capabilities & (NETDEV_TX_TSO4 | NETDEV_TX_TSO6), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(more_receive_responses_than_requests_disable, set_up),
                cmocka_unit_test_setup(a_receive_index_that_goes_back_disables, set_up),
                cmocka_unit_test_setup(more_transmit_responses_than_requests_disable, set_up),
                cmocka_unit_test_setup(a_frame_that_was_not_shown_cannot_be_answered, set_up),
                cmocka_unit_test_setup(an_answer_to_another_receive_request_disables, set_up),
                cmocka_unit_test_setup(a_length_beyond_the_page_disables, set_up),
                cmocka_unit_test_setup(a_packet_without_an_end_disables, set_up),
                cmocka_unit_test_setup(a_packet_longer_than_64_kib_is_dropped, set_up),
                cmocka_unit_test_setup(a_packet_shorter_than_a_header_is_dropped, set_up),
                cmocka_unit_test_setup(extra_information_that_is_missing_disables, set_up),
                cmocka_unit_test_setup(extra_information_that_nobody_asked_for_disables, set_up),
                cmocka_unit_test_setup(a_large_packet_in_a_small_guest_disables, set_up),
                cmocka_unit_test_setup(an_answer_to_an_id_that_is_not_out_disables, set_up),
                cmocka_unit_test_setup(an_id_that_is_answered_twice_disables, set_up),
                cmocka_unit_test_setup(an_unknown_status_disables, set_up),
                cmocka_unit_test_setup(no_answer_where_one_is_due_disables, set_up),
                cmocka_unit_test_setup(a_request_event_of_nonsense_does_no_harm, set_up),
                cmocka_unit_test_setup(features_that_are_no_numbers_are_not_there, set_up),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
