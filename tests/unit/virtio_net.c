/* The virtio network driver against a device that is honest; see virtio_net_lies.c for one that is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fake/net_driver.h>

static void the_mac_link_and_mtu_come_from_the_device(void **state)
{
        (void)state;
        assert_memory_equal(fake_netdev->info.mac, config, 6);
        assert_true(fake_netdev->link_up);
        assert_int_equal(fake_netdev->info.mtu, 1500);
        assert_int_equal(fake_netdev->info.capabilities,
                         NETDEV_TX_CHECKSUM | NETDEV_TX_TSO4 | NETDEV_TX_TSO6 | NETDEV_RX_CHECKSUM | NETDEV_RX_LARGE);
        assert_int_equal(fake_log[0], '\0');
}

static void a_device_without_a_mac_gets_a_local_one(void **state)
{
        (void)state;
        assert_int_equal(start_with(0), 0);
        assert_int_equal(fake_netdev->info.mac[0] & 3, 2);
}

static void tso_is_not_accepted_without_checksums(void **state)
{
        (void)state;
        assert_int_equal(start_with(ALL_FEATURES & ~(VIRTIO_NET_F_CSUM | VIRTIO_NET_F_GUEST_CSUM)), 0);
        assert_int_equal(fake.accepted & (VIRTIO_NET_F_HOST_TSO4 | VIRTIO_NET_F_GUEST_TSO4), 0);
}

static void a_small_guest_takes_small_rings_and_no_large_packets(void **state)
{
        (void)state;
        struct virtio_net_limits limits = virtio_net_limits(4ul << 20);
        assert_int_equal(limits.ring, 32);
        assert_int_equal(limits.receive_buffers, 64);
        limits = virtio_net_limits(1ul << 36);
        assert_int_equal(limits.ring, 256);
        assert_int_equal(limits.receive_buffers, 2048);
}

static void buffers_are_posted_in_one_batch(void **state)
{
        (void)state;
        assert_int_equal(fake_waiting(RX), 64);
        assert_int_equal(fake_netdev->statistics.kicks, 1);
}

static void a_packet_arrives_whole(void **state)
{
        (void)state;
        for (unsigned i = 0; i < sizeof frame; i++)
                frame[i] = (uint8_t)i;
        deliver(&plain, frame, sizeof frame);
        assert_int_equal(poll_device(), 1);
        assert_int_equal(received[0]->total_length, sizeof frame);
        assert_int_equal(received[0]->length, sizeof frame);
        assert_null(received[0]->next);
        assert_false(received[0]->checksum_good);
        assert_memory_equal(received[0]->data, frame, sizeof frame);
        assert_int_equal(fake_netdev->statistics.rx_packets, 1);
        assert_int_equal(fake_netdev->statistics.rx_bytes, sizeof frame);
        release_all();
}

static void released_buffers_are_posted_again(void **state)
{
        (void)state;
        for (unsigned round = 0; round < 1000; round++) {
                deliver(&plain, frame, 60);
                assert_int_equal(poll_device(), 1);
                release_all();
        }
        assert_true(fake_pages_used < 200);
        assert_true(fake_waiting(RX) >= 63);
}

static void heavy_traffic_gets_more_buffers_up_to_the_ring(void **state)
{
        (void)state;
        for (unsigned round = 0; round < 8; round++) {
                for (unsigned i = 0; i < 64 && fake_waiting(RX) != 0; i++)
                        deliver(&plain, frame, 60);
                while (poll_device() != 0)
                        release_all();
        }
        assert_in_range(fake_waiting(RX), 128, 256);
}

static void a_stack_that_keeps_buffers_cannot_take_them_all(void **state)
{
        (void)state;
        fake_memory_bytes = 4ul << 20;
        fake_virtio_init(&fake, VIRTIO_NETWORK, ALL_FEATURES);
        memcpy(fake.config, config, sizeof config);
        assert_int_equal(virtio_net_start(&fake.device), 0);
        unsigned delivered = 0;
        while (fake_waiting(RX) != 0 && delivered < 200) {
                deliver(&plain, frame, 60);
                delivered++;
                poll_device();
        }
        assert_int_equal(delivered, 64);
        /* The ring is dry and the stack sleeps: a release must wake it. */
        assert_false(fake_netdev->operations->arm(fake_netdev));
        received[0]->release(received[0]);
        assert_int_equal(fake_wakes, 1);
        assert_int_equal(poll_device(), 0);
        assert_int_equal(fake_waiting(RX), 1);
}

static void large_packets_are_chained(void **state)
{
        (void)state;
        struct virtio_net_header header = {.buffers = 3,
                                           .flags = VIRTIO_NET_NEEDS_CHECKSUM,
                                           .segmentation = 1,
                                           .segment_bytes = 1448,
                                           .checksum_start = 34,
                                           .checksum_offset = 16};
        int heads[3];
        uint8_t bytes[1500];
        memset(bytes, 7, sizeof bytes);
        memcpy(bytes, &header, sizeof header);
        for (unsigned i = 0; i < 3; i++) {
                heads[i] = fake_pop(RX);
                fake_fill(RX, heads[i], bytes, sizeof bytes);
                fake_push(RX, (uint32_t)heads[i], sizeof bytes);
        }
        assert_int_equal(poll_device(), 1);
        assert_int_equal(received[0]->total_length, 4500 - 12);
        assert_int_equal(received[0]->next->next->length, 1500);
        assert_null(received[0]->next->next->next);
        assert_true(received[0]->checksum_good);
        release_all();
}

static void a_verified_checksum_is_passed_on(void **state)
{
        (void)state;
        struct virtio_net_header header = {.buffers = 1, .flags = VIRTIO_NET_DATA_VALID};
        deliver(&header, frame, 100);
        poll_device();
        assert_true(received[0]->checksum_good);
        release_all();
}

static void a_verified_checksum_counts_only_when_negotiated(void **state)
{
        (void)state;
        struct virtio_net_header header = {.buffers = 1, .flags = VIRTIO_NET_DATA_VALID};
        deliver(&header, frame, 100);
        poll_device();
        assert_false(received[0]->checksum_good);
        release_all();
}

/* ---- Transmit ---- */

static void a_small_frame_is_one_descriptor(void **state)
{
        (void)state;
        uint8_t seen[2048];
        struct netdev_segment segments[3] = {{"Ethernet header", 14}, {"TCP header", 10}, {"payload", 7}};
        assert_int_equal(fake_netdev->operations->transmit(fake_netdev, segments, 3, &nothing, done, (void *)1), 0);
        assert_int_equal(fake_waiting(TX), 0);
        flush();
        int head = fake_pop(TX);
        assert_int_equal(fake_chain_length(TX, head), 1);
        assert_int_equal(fake_drain(TX, head, seen, sizeof seen), 12 + 31);
        assert_memory_equal(seen + 12, "Ethernet headeTCP headerpayload", 31);
        assert_int_equal(finished[1], 0);
        fake_push(TX, (uint32_t)head, 0);
        poll_device();
        assert_int_equal(finished[1], 1);
}

static void a_large_frame_is_not_copied(void **state)
{
        (void)state;
        uint8_t seen[2048];
        struct netdev_segment segments[2] = {{frame, 54}, {frame + 54, 1460}};
        assert_int_equal(fake_netdev->operations->transmit(fake_netdev, segments, 2, &nothing, done, (void *)2), 0);
        flush();
        int head = fake_pop(TX);
        assert_int_equal(fake_chain_length(TX, head), 2);
        assert_int_equal(fake_drain(TX, head, seen, sizeof seen), 12 + 1514);
        assert_memory_equal(seen + 12, frame, 1514);
}

static void many_segments_go_indirect(void **state)
{
        (void)state;
        uint8_t seen[4096];
        static uint8_t big[20][200];
        struct netdev_segment segments[20];
        struct netdev_offload tso = {.checksum = true,
                                     .checksum_start = 34,
                                     .checksum_offset = 16,
                                     .segment_bytes = 1448,
                                     .header_bytes = 54};
        for (unsigned i = 0; i < 20; i++) {
                memset(big[i], (int)i, 200);
                segments[i] = (struct netdev_segment){big[i], 200};
        }
        assert_int_equal(fake_netdev->operations->transmit(fake_netdev, segments, 20, &tso, done, (void *)3), 0);
        flush();
        assert_int_equal(virtio_net_of(fake_netdev)->transmit.queue.ring.free_count, 255 - 0);
        int head = fake_pop(TX);
        assert_int_equal(fake_drain(TX, head, seen, sizeof seen), 12 + 4000);
        assert_int_equal(seen[0], VIRTIO_NET_NEEDS_CHECKSUM);
        assert_int_equal(seen[1], 1);
        assert_int_equal(seen[12 + 199], 0);
        assert_int_equal(seen[12 + 3999], 19);
}

static void a_full_ring_asks_to_try_again_and_wakes(void **state)
{
        (void)state;
        unsigned sent = 0;
        while (send_frame(frame, 60, sent) == 0)
                sent++;
        assert_int_equal(sent, 256);
        assert_int_equal(send_frame(frame, 60, 300), -EAGAIN);
        flush();
        assert_int_equal(fake_netdev->statistics.kicks, 2);
        assert_false(fake_netdev->operations->arm(fake_netdev));
        for (unsigned i = 0; i < 256; i++)
                fake_push(TX, (uint32_t)fake_pop(TX), 0);
        fake_interrupt(&fake);
        assert_int_equal(fake_wakes, 1);
        poll_device();
        for (unsigned i = 0; i < 256; i++)
                assert_int_equal(finished[i], 1);
        assert_int_equal(finished[300], 0);
        assert_int_equal(send_frame(frame, 60, 300), 0);
}

static void what_was_not_offered_cannot_be_asked(void **state)
{
        (void)state;
        struct netdev_segment segment = {frame, 1000};
        struct netdev_offload offload = {.checksum = true, .checksum_start = 34, .checksum_offset = 16};
        assert_int_equal(fake_netdev->operations->transmit(fake_netdev, &segment, 1, &offload, done, NULL), -EINVAL);
        assert_int_equal(send_frame(frame, 1515, 0), -EMSGSIZE);
        assert_int_equal(send_frame(frame, 13, 0), -EINVAL);
}

static void a_frame_of_more_pieces_than_the_ring_is_too_long(void **state)
{
        (void)state;
        fake_virtio_init(&fake, VIRTIO_NETWORK, ALL_FEATURES);
        memcpy(fake.config, config, sizeof config);
        fake.rings[1].maximum = 4;
        assert_int_equal(virtio_net_start(&fake.device), 0);
        struct netdev_segment segments[6];
        for (unsigned i = 0; i < 6; i++)
                segments[i] = (struct netdev_segment){frame, 200};
        assert_int_equal(fake_netdev->operations->transmit(fake_netdev, segments, 6, &nothing, done, NULL), -EMSGSIZE);
        assert_int_equal(fake_netdev->operations->transmit(fake_netdev, segments, 3, &nothing, done, NULL), 0);
}

/* ---- Waking ---- */

static void a_ring_of_one_that_ran_dry_is_woken_by_a_release(void **state)
{
        (void)state;
        fake_virtio_init(&fake, VIRTIO_NETWORK, VIRTIO_NET_F_MAC);
        memcpy(fake.config, config, sizeof config);
        fake.rings[0].maximum = 1;
        assert_int_equal(virtio_net_start(&fake.device), 0);
        fake_pages_left = 0;
        for (unsigned i = 0; i < 2; i++) { /* both buffers of the one page */
                deliver(&plain, frame, 60);
                assert_int_equal(poll_device(), 1);
        }
        assert_int_equal(fake_waiting(RX), 0);
        assert_false(fake_netdev->operations->arm(fake_netdev));
        received[0]->release(received[0]);
        assert_int_equal(fake_wakes, 1);
        poll_device();
        assert_int_equal(fake_waiting(RX), 1);
}

static void one_wake_for_each_arm(void **state)
{
        (void)state;
        fake_interrupt(&fake);
        assert_int_equal(fake_wakes, 0);
        assert_false(fake_netdev->operations->arm(fake_netdev));
        fake_interrupt(&fake);
        fake_interrupt(&fake);
        assert_int_equal(fake_wakes, 1);
}

static void arming_with_a_packet_there_says_so(void **state)
{
        (void)state;
        deliver(&plain, frame, 60);
        assert_true(fake_netdev->operations->arm(fake_netdev));
        fake_interrupt(&fake);
        assert_int_equal(fake_wakes, 0);
        poll_device();
        release_all();
}

static void the_link_goes_down_and_up(void **state)
{
        (void)state;
        fake.config[6] = 0;
        fake_netdev->operations->arm(fake_netdev);
        fake_config_interrupt(&fake);
        assert_false(fake_netdev->link_up);
        assert_int_equal(fake_wakes, 1);
        fake.config[6] = 1;
        fake_config_interrupt(&fake);
        assert_true(fake_netdev->link_up);
        assert_true(fake_netdev->operations->arm(fake_netdev)); /* nobody has looked since */
        poll_device();
        assert_false(fake_netdev->operations->arm(fake_netdev));
}

static void without_pages_packets_still_flow_through_the_buffers_there_are(void **state)
{
        (void)state;
        fake_pages_left = 0;
        for (unsigned i = 0; i < 300; i++) {
                deliver(&plain, frame, 60);
                assert_int_equal(poll_device(), 1);
                release_all();
        }
}

int main(void)
{
#define FULL(test)  cmocka_unit_test_setup(test, set_up)
#define PLAIN(test) cmocka_unit_test_setup(test, set_up_plain)
        const struct CMUnitTest tests[] = {
                FULL(the_mac_link_and_mtu_come_from_the_device),
                FULL(a_device_without_a_mac_gets_a_local_one),
                FULL(tso_is_not_accepted_without_checksums),
                FULL(a_small_guest_takes_small_rings_and_no_large_packets),
                FULL(buffers_are_posted_in_one_batch),
                FULL(a_packet_arrives_whole),
                PLAIN(a_packet_arrives_whole),
                FULL(released_buffers_are_posted_again),
                PLAIN(released_buffers_are_posted_again),
                FULL(heavy_traffic_gets_more_buffers_up_to_the_ring),
                FULL(a_stack_that_keeps_buffers_cannot_take_them_all),
                FULL(large_packets_are_chained),
                FULL(a_verified_checksum_is_passed_on),
                PLAIN(a_verified_checksum_counts_only_when_negotiated),
                FULL(a_small_frame_is_one_descriptor),
                FULL(a_large_frame_is_not_copied),
                FULL(many_segments_go_indirect),
                FULL(a_full_ring_asks_to_try_again_and_wakes),
                PLAIN(what_was_not_offered_cannot_be_asked),
                FULL(a_frame_of_more_pieces_than_the_ring_is_too_long),
                FULL(a_ring_of_one_that_ran_dry_is_woken_by_a_release),
                FULL(one_wake_for_each_arm),
                PLAIN(one_wake_for_each_arm),
                FULL(arming_with_a_packet_there_says_so),
                FULL(the_link_goes_down_and_up),
                FULL(without_pages_packets_still_flow_through_the_buffers_there_are),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
