/* The virtio network driver against a device that lies: it is disabled, or what it sent is dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fake/net_driver.h>

static void expect_disabled(const char *why)
{
        poll_device();
        assert_true(fake_netdev->disabled);
        assert_true(fake_log_has(why));
        assert_true(fake_log_has("[net] net0: "));
        assert_true(fake_log_has("; it is disabled"));
        assert_int_equal(fake.stops, 1);
        assert_int_equal(poll_device(), 0);
        assert_false(fake_netdev->operations->arm(fake_netdev));
}

static void a_device_that_lies_about_a_buffer_is_disabled(void **state)
{
        (void)state;
        fake_push(RX, 300, 60);
        expect_disabled("beyond its queue");
}

static void a_packet_shorter_than_its_header_disables(void **state)
{
        (void)state;
        fake_push(RX, (uint32_t)fake_pop(RX), 11);
        expect_disabled("shorter than its header");
}

static void a_packet_of_no_buffers_disables(void **state)
{
        (void)state;
        struct virtio_net_header header = {.buffers = 0};
        deliver(&header, frame, 60);
        expect_disabled("no buffer");
}

static void a_packet_with_missing_buffers_disables(void **state)
{
        (void)state;
        struct virtio_net_header header = {.buffers = 3};
        deliver(&header, frame, 60);
        deliver(&header, frame, 60);
        expect_disabled("fewer buffers");
}

static void a_packet_of_65535_buffers_disables(void **state)
{
        (void)state;
        struct virtio_net_header header = {.buffers = 65535};
        for (unsigned i = 0; i < 64; i++)
                deliver(&header, frame, 60);
        expect_disabled("fewer buffers");
        assert_int_equal(received_count, 0);
}

static void a_frame_that_was_accepted_is_done_when_the_device_is_disabled(void **state)
{
        (void)state;
        assert_int_equal(send_frame(frame, 60, 5), 0);
        assert_int_equal(send_frame(frame, 60, 6), 0);
        flush();
        fake_push(TX, 999, 0);
        poll_device();
        assert_true(fake_netdev->disabled);
        assert_int_equal(finished[5], 1);
        assert_int_equal(finished[6], 1);
        poll_device();
        assert_int_equal(finished[5], 1);
}

static void a_transmit_that_claims_to_have_written_disables(void **state)
{
        (void)state;
        send_frame(frame, 60, 1);
        flush();
        fake_push(TX, (uint32_t)fake_pop(TX), 4);
        expect_disabled("beyond the end of a buffer");
}

static void expect_dropped(const struct virtio_net_header *header, uint32_t bytes)
{
        deliver(header, frame, bytes);
        deliver(&plain, frame, 64);
        assert_int_equal(poll_device(), 1);
        assert_int_equal(received[0]->total_length, 64);
        assert_int_equal(fake_netdev->statistics.rx_errors, 1);
        assert_false(fake_netdev->disabled);
        release_all();
}

static void a_checksum_beyond_the_packet_is_dropped(void **state)
{
        (void)state;
        expect_dropped(
                &(struct virtio_net_header){.buffers = 1, .flags = 1, .checksum_start = 50, .checksum_offset = 9}, 60);
}

static void a_checksum_start_that_would_wrap_is_dropped(void **state)
{
        (void)state;
        expect_dropped(
                &(struct virtio_net_header){
                        .buffers = 1, .flags = 1, .checksum_start = 65535, .checksum_offset = 65535},
                1514);
}

static void a_runt_is_dropped(void **state)
{
        (void)state;
        expect_dropped(&plain, 13);
}

static void an_unknown_segmentation_is_dropped(void **state)
{
        (void)state;
        expect_dropped(&(struct virtio_net_header){.buffers = 1, .segmentation = 3, .segment_bytes = 100}, 60);
}

static void segmentation_that_was_not_negotiated_is_dropped(void **state)
{
        (void)state;
        expect_dropped(&(struct virtio_net_header){.buffers = 1, .segmentation = 1, .segment_bytes = 100}, 60);
}

static void segments_of_no_bytes_are_dropped(void **state)
{
        (void)state;
        expect_dropped(&(struct virtio_net_header){.buffers = 1, .segmentation = 1, .segment_bytes = 0}, 60);
}

int main(void)
{
#define FULL(test)  cmocka_unit_test_setup(test, set_up)
#define PLAIN(test) cmocka_unit_test_setup(test, set_up_plain)
        const struct CMUnitTest tests[] = {
                FULL(a_device_that_lies_about_a_buffer_is_disabled),
                FULL(a_packet_shorter_than_its_header_disables),
                FULL(a_packet_of_no_buffers_disables),
                FULL(a_packet_with_missing_buffers_disables),
                FULL(a_packet_of_65535_buffers_disables),
                FULL(a_frame_that_was_accepted_is_done_when_the_device_is_disabled),
                FULL(a_transmit_that_claims_to_have_written_disables),
                FULL(a_checksum_beyond_the_packet_is_dropped),
                FULL(a_checksum_start_that_would_wrap_is_dropped),
                FULL(a_runt_is_dropped),
                FULL(an_unknown_segmentation_is_dropped),
                PLAIN(segmentation_that_was_not_negotiated_is_dropped),
                FULL(segments_of_no_bytes_are_dropped),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
