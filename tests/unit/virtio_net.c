/* The virtio network driver against a device that is honest, then one that is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fake/driver_host.h>
#include <fake/netdev.h>
#include <fake/virtio_device.h>
#include <virtio/net.h>

#define ALL_FEATURES                                                                                                   \
        (VIRTIO_NET_F_CSUM | VIRTIO_NET_F_GUEST_CSUM | VIRTIO_NET_F_MTU | VIRTIO_NET_F_MAC | VIRTIO_NET_F_GUEST_TSO4 | \
         VIRTIO_NET_F_GUEST_TSO6 | VIRTIO_NET_F_HOST_TSO4 | VIRTIO_NET_F_HOST_TSO6 | VIRTIO_NET_F_MRG_RXBUF |          \
         VIRTIO_NET_F_STATUS | VIRTIO_F_EVENT_IDX | VIRTIO_F_INDIRECT_DESC)

static struct fake_virtio fake;
#define RX (&fake.rings[0])
#define TX (&fake.rings[1])

static const uint8_t config[12] = {0x52, 0x54, 0, 1, 2, 3, 1, 0, 0, 0, 0xdc, 5}; /* MAC, link up, MTU 1500 */

static struct netdev_buffer *received[256];
static unsigned received_count;
static unsigned finished[600];

static int start_with(uint64_t features)
{
        fake_host_reset();
        fake_virtio_init(&fake, VIRTIO_NETWORK, features);
        memcpy(fake.config, config, sizeof config);
        received_count = 0;
        fake_wakes = 0;
        fake_netdev = NULL;
        memset(finished, 0, sizeof finished);
        return virtio_net_start(&fake.device);
}

static int set_up(void **state)
{
        (void)state;
        return start_with(ALL_FEATURES);
}

static int set_up_plain(void **state)
{
        (void)state;
        return start_with(VIRTIO_NET_F_MAC);
}

static void receive(void *ctx, struct netdev_buffer *packet)
{
        (void)ctx;
        received[received_count++] = packet;
}

static unsigned poll(void)
{
        return fake_netdev->operations->poll(fake_netdev, 64, receive, NULL);
}

static void release_all(void)
{
        for (unsigned i = 0; i < received_count; i++)
                for (struct netdev_buffer *b = received[i], *next; b != NULL; b = next) {
                        next = b->next;
                        b->release(b);
                }
        received_count = 0;
}

static void done(void *cookie)
{
        finished[(uintptr_t)cookie]++;
}

/* The device delivers header + frame in one buffer. */
static void deliver(const struct virtio_net_header *header, const void *frame, uint32_t bytes)
{
        uint8_t packet[2048];
        memcpy(packet, header, sizeof *header);
        memcpy(packet + sizeof *header, frame, bytes);
        int head = fake_pop(RX);
        assert_true(head >= 0);
        fake_fill(RX, head, packet, (uint32_t)sizeof *header + bytes);
        fake_push(RX, (uint32_t)head, (uint32_t)sizeof *header + bytes);
}

static const struct virtio_net_header plain = {.buffers = 1};
static uint8_t frame[1514];

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
        assert_int_equal(poll(), 1);
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
                assert_int_equal(poll(), 1);
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
                while (poll() != 0)
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
                poll();
        }
        assert_int_equal(delivered, 64);
        /* The ring is dry and the stack sleeps: a release must wake it. */
        assert_false(fake_netdev->operations->arm(fake_netdev));
        received[0]->release(received[0]);
        assert_int_equal(fake_wakes, 1);
        assert_int_equal(poll(), 0);
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
        assert_int_equal(poll(), 1);
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
        poll();
        assert_true(received[0]->checksum_good);
        release_all();
}

static void a_verified_checksum_counts_only_when_negotiated(void **state)
{
        (void)state;
        struct virtio_net_header header = {.buffers = 1, .flags = VIRTIO_NET_DATA_VALID};
        deliver(&header, frame, 100);
        poll();
        assert_false(received[0]->checksum_good);
        release_all();
}

/* ---- Transmit ---- */

static const struct netdev_offload nothing;

static int send(const void *data, uint32_t bytes, uintptr_t cookie)
{
        struct netdev_segment segment = {.data = data, .length = bytes};
        return fake_netdev->operations->transmit(fake_netdev, &segment, 1, &nothing, done, (void *)cookie);
}

static void flush(void)
{
        fake_netdev->operations->flush(fake_netdev);
}

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
        poll();
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
        while (send(frame, 60, sent) == 0)
                sent++;
        assert_int_equal(sent, 256);
        assert_int_equal(send(frame, 60, 300), -EAGAIN);
        flush();
        assert_int_equal(fake_netdev->statistics.kicks, 2);
        assert_false(fake_netdev->operations->arm(fake_netdev));
        for (unsigned i = 0; i < 256; i++)
                fake_push(TX, (uint32_t)fake_pop(TX), 0);
        fake_interrupt(&fake);
        assert_int_equal(fake_wakes, 1);
        poll();
        for (unsigned i = 0; i < 256; i++)
                assert_int_equal(finished[i], 1);
        assert_int_equal(finished[300], 0);
        assert_int_equal(send(frame, 60, 300), 0);
}

static void what_was_not_offered_cannot_be_asked(void **state)
{
        (void)state;
        struct netdev_segment segment = {frame, 1000};
        struct netdev_offload offload = {.checksum = true, .checksum_start = 34, .checksum_offset = 16};
        assert_int_equal(fake_netdev->operations->transmit(fake_netdev, &segment, 1, &offload, done, NULL), -EINVAL);
        assert_int_equal(send(frame, 1515, 0), -EMSGSIZE);
        assert_int_equal(send(frame, 13, 0), -EINVAL);
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
                assert_int_equal(poll(), 1);
        }
        assert_int_equal(fake_waiting(RX), 0);
        assert_false(fake_netdev->operations->arm(fake_netdev));
        received[0]->release(received[0]);
        assert_int_equal(fake_wakes, 1);
        poll();
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
        poll();
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
        poll();
        assert_false(fake_netdev->operations->arm(fake_netdev));
}

/* ---- A device that lies ---- */

static void expect_disabled(const char *why)
{
        poll();
        assert_true(fake_netdev->disabled);
        assert_true(fake_log_has(why));
        assert_true(fake_log_has("[net] net0: "));
        assert_true(fake_log_has("; it is disabled"));
        assert_int_equal(fake.stops, 1);
        assert_int_equal(poll(), 0);
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
        assert_int_equal(send(frame, 60, 5), 0);
        assert_int_equal(send(frame, 60, 6), 0);
        flush();
        fake_push(TX, 999, 0);
        poll();
        assert_true(fake_netdev->disabled);
        assert_int_equal(finished[5], 1);
        assert_int_equal(finished[6], 1);
        poll();
        assert_int_equal(finished[5], 1);
}

static void a_transmit_that_claims_to_have_written_disables(void **state)
{
        (void)state;
        send(frame, 60, 1);
        flush();
        fake_push(TX, (uint32_t)fake_pop(TX), 4);
        expect_disabled("beyond the end of a buffer");
}

static void expect_dropped(const struct virtio_net_header *header, uint32_t bytes)
{
        deliver(header, frame, bytes);
        deliver(&plain, frame, 64);
        assert_int_equal(poll(), 1);
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

static void without_pages_packets_still_flow_through_the_buffers_there_are(void **state)
{
        (void)state;
        fake_pages_left = 0;
        for (unsigned i = 0; i < 300; i++) {
                deliver(&plain, frame, 60);
                assert_int_equal(poll(), 1);
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
                FULL(without_pages_packets_still_flow_through_the_buffers_there_are),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
