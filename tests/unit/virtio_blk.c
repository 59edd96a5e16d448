/* The virtio block driver against a device that obeys, then against one that lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fake/blkdev.h>
#include <fake/driver_host.h>
#include <fake/virtio_device.h>
#include <virtio/blk.h>

#define RING (&fake.rings[0])
#define ALL_FEATURES                                                                                                   \
        (VIRTIO_BLK_F_SEG_MAX | VIRTIO_BLK_F_BLK_SIZE | VIRTIO_BLK_F_FLUSH | VIRTIO_BLK_F_TOPOLOGY |                   \
         VIRTIO_BLK_F_DISCARD | VIRTIO_BLK_F_WRITE_ZEROES | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX)

/* Requests as the device sees them: section 5.2.6. */
struct header {
        uint32_t type, reserved;
        uint64_t sector;
};
struct range {
        uint64_t sector;
        uint32_t sectors, flags;
};

static struct fake_virtio fake;
static uint8_t disk[64 * 512];

static void put32(uint32_t offset, uint32_t value)
{
        memcpy(fake.config + offset, &value, 4);
}

static void offer(uint64_t features)
{
        fake_host_reset();
        fake_blkdev_reset();
        fake_virtio_init(&fake, VIRTIO_BLOCK, features);
        put32(0, sizeof disk / 512);
        put32(12, 254);
        put32(20, 512);
        put32(36, 32);
        put32(48, 16);
        for (size_t i = 0; i < sizeof disk; i++)
                disk[i] = (uint8_t)(i + (i >> 8));
}

static int set_up(void **state)
{
        (void)state;
        offer(ALL_FEATURES);
        return virtio_blk_start(&fake.device);
}

static int set_up_plain(void **state)
{
        (void)state;
        offer(0);
        return virtio_blk_start(&fake.device);
}

/* What the device does with the next request: moves the data, writes the status. Returns the type, -1: none. */
static long serve(uint8_t status)
{
        uint8_t bytes[sizeof(struct header) + sizeof disk + 1];
        struct header header;
        int head = fake_pop(RING);
        if (head < 0)
                return -1;
        uint32_t readable = fake_drain(RING, head, bytes, sizeof bytes);
        memcpy(&header, bytes, sizeof header);
        uint32_t written = 0;
        if (header.type == 1 && status == 0)
                memcpy(disk + header.sector * 512, bytes + sizeof header, readable - sizeof header);
        if (header.type == 0) {
                uint32_t most = (uint32_t)(sizeof disk - header.sector * 512);
                memcpy(bytes, disk + header.sector * 512, most);
                written = fake_fill(RING, head, bytes, most);
                /* the last byte is the status; what was written there as data is overwritten */
                written -= written < most;
                bytes[written] = status;
                fake_fill(RING, head, bytes, written + 1);
        } else {
                fake_fill(RING, head, &status, 1);
        }
        fake_push(RING, (uint32_t)head, written + 1);
        return header.type;
}

static int submit_one(enum blkdev_operation operation, uint64_t sector, void *data, uint32_t bytes, uintptr_t cookie)
{
        struct blkdev_segment segment = {.data = data, .address = (uintptr_t)data, .bytes = bytes};
        return fake_submit(operation, sector, bytes / 512, &segment, bytes != 0, cookie);
}

/* ---- A device that obeys ---- */

static void what_the_device_says_becomes_the_limits(void **state)
{
        (void)state;
        const struct blkdev_info *info = &fake_blkdev->info;
        assert_string_equal(info->name, "vda");
        assert_string_equal(info->driver, "virtio-blk");
        assert_int_equal(atomic_load(&fake_blkdev->sectors), 64);
        assert_int_equal(info->block_bytes, 512);
        assert_int_equal(info->segments_max, VIRTIO_BLK_SEGMENTS);
        assert_int_equal(info->capabilities, BLKDEV_CAN_FLUSH | BLKDEV_CAN_DISCARD | BLKDEV_CAN_ZERO);
        assert_int_equal(info->discard_sectors_max, 32);
        assert_int_equal(info->zero_sectors_max, 16);
        assert_int_equal(fake.accepted & ~(ALL_FEATURES | VIRTIO_F_VERSION_1), 0);
}

static void a_device_without_features_has_blocks_of_512_and_single_segments(void **state)
{
        (void)state;
        assert_int_equal(fake_blkdev->info.block_bytes, 512);
        assert_int_equal(fake_blkdev->info.physical_block_bytes, 512);
        assert_int_equal(fake_blkdev->info.segments_max, 1);
        assert_int_equal(fake_blkdev->info.capabilities, 0);
}

static void larger_blocks_and_read_only_are_understood(void **state)
{
        (void)state;
        offer(ALL_FEATURES | VIRTIO_BLK_F_RO | VIRTIO_BLK_F_SIZE_MAX);
        put32(8, 10000);
        put32(12, 3);
        put32(20, 2048);
        fake.config[24] = 1;
        assert_int_equal(virtio_blk_start(&fake.device), 0);
        assert_int_equal(fake_blkdev->info.block_bytes, 2048);
        assert_int_equal(fake_blkdev->info.physical_block_bytes, 4096);
        assert_int_equal(fake_blkdev->info.segment_bytes_max, 8192);
        assert_int_equal(fake_blkdev->info.segments_max, 3);
        assert_true((fake_blkdev->info.capabilities & BLKDEV_READ_ONLY) != 0);
}

static void data_goes_there_and_back(void **state)
{
        (void)state;
        static uint8_t to[3 * 512], from[3 * 512];
        struct blkdev_segment segments[3];
        for (unsigned i = 0; i < 3; i++)
                segments[i] = (struct blkdev_segment){from + i * 512, (uintptr_t)(from + i * 512), 512};
        memset(from, 0xc3, sizeof from);
        assert_int_equal(fake_submit(BLKDEV_WRITE, 7, 3, segments, 3, 1), 0);
        assert_int_equal(serve(0), 1);
        assert_int_equal(fake_finished[1], 0);
        fake_interrupt(&fake);
        assert_int_equal(fake_finished[1], 1);
        assert_int_equal(fake_status[1], 0);
        assert_memory_equal(disk + 7 * 512, from, sizeof from);
        assert_int_equal(submit_one(BLKDEV_READ, 6, to, sizeof to, 2), 0);
        assert_int_equal(serve(0), 0);
        fake_interrupt(&fake);
        assert_int_equal(fake_finished[2], 1);
        assert_memory_equal(to, disk + 6 * 512, sizeof to);
        assert_false(fake_blkdev->disabled);
}

static void ranges_say_which_sectors(void **state)
{
        (void)state;
        static const struct {
                enum blkdev_operation operation;
                uint32_t type, flags;
        } kinds[] = {{BLKDEV_DISCARD, 11, 0}, {BLKDEV_ZERO, 13, 1}};
        for (unsigned i = 0; i < 2; i++) {
                struct {
                        struct header header;
                        struct range range;
                } seen;
                assert_int_equal(fake_submit(kinds[i].operation, 40, 9, NULL, 0, i), 0);
                int head = fake_pop(RING);
                assert_int_equal(fake_drain(RING, head, &seen, sizeof seen), sizeof seen);
                assert_int_equal(seen.header.type, kinds[i].type);
                assert_int_equal(seen.header.sector, 0);
                assert_int_equal(seen.range.sector, 40);
                assert_int_equal(seen.range.sectors, 9);
                assert_int_equal(seen.range.flags, kinds[i].flags);
                fake_fill(RING, head, "", 1);
                fake_push(RING, (uint32_t)head, 1);
                fake_interrupt(&fake);
                assert_int_equal(fake_finished[i], 1);
        }
        assert_int_equal(fake_submit(BLKDEV_FLUSH, 0, 0, NULL, 0, 5), 0);
        assert_int_equal(serve(0), 4);
        fake_interrupt(&fake);
        assert_int_equal(fake_status[5], 0);
}

static void a_request_of_many_segments_takes_one_descriptor(void **state)
{
        (void)state;
        static uint8_t bytes[VIRTIO_BLK_SEGMENTS * 512];
        struct blkdev_segment segments[VIRTIO_BLK_SEGMENTS];
        for (unsigned i = 0; i < VIRTIO_BLK_SEGMENTS; i++)
                segments[i] = (struct blkdev_segment){bytes + i * 512, (uintptr_t)(bytes + i * 512), 512};
        for (unsigned i = 0; i < 256; i++)
                assert_int_equal(fake_submit(BLKDEV_WRITE, 0, VIRTIO_BLK_SEGMENTS, segments, VIRTIO_BLK_SEGMENTS, i),
                                 0);
        assert_int_equal(fake_submit(BLKDEV_FLUSH, 0, 0, NULL, 0, 256), -EAGAIN);
        assert_int_equal(fake_waiting(RING), 256);
        for (unsigned i = 0; i < 256; i++)
                serve(0);
        fake_interrupt(&fake);
        for (unsigned i = 0; i < 256; i++)
                assert_int_equal(fake_finished[i], 1);
        assert_int_equal(fake_submit(BLKDEV_READ, 0, VIRTIO_BLK_SEGMENTS, segments, VIRTIO_BLK_SEGMENTS, 256), 0);
}

static void without_indirect_descriptors_the_ring_is_shared_out(void **state)
{
        (void)state;
        static uint8_t bytes[512];
        unsigned accepted = 0;
        while (submit_one(BLKDEV_READ, 0, bytes, 512, accepted) == 0)
                accepted++;
        assert_int_equal(accepted, 256 / 3);
        while (serve(0) >= 0)
                ;
        fake_interrupt(&fake);
        for (unsigned i = 0; i < accepted; i++)
                assert_int_equal(fake_finished[i], 1);
}

static void a_failed_request_is_an_error_and_the_next_works(void **state)
{
        (void)state;
        static const int results[] = {0, -EIO, -ENOTSUP, -EIO, -EIO};
        static uint8_t bytes[512];
        for (uint8_t status = 0; status < 5; status++) {
                assert_int_equal(submit_one(BLKDEV_WRITE, 1, bytes, 512, status), 0);
                serve(status);
                fake_interrupt(&fake);
                assert_int_equal(fake_status[status], results[status]);
        }
        assert_int_equal(submit_one(BLKDEV_WRITE, 1, bytes, 512, 9), 0);
        fake_push(RING, (uint32_t)fake_pop(RING), 0); /* it did not say how it went */
        fake_interrupt(&fake);
        assert_int_equal(fake_status[9], -EIO);
        assert_false(fake_blkdev->disabled);
}

static void another_capacity_is_noticed(void **state)
{
        (void)state;
        put32(0, 128);
        fake_config_interrupt(&fake);
        assert_int_equal(atomic_load(&fake_blkdev->sectors), 128);
        put32(4, 0xffffffff); /* no disk is that large */
        fake_config_interrupt(&fake);
        assert_int_equal(atomic_load(&fake_blkdev->sectors), 128);
        put32(4, 0);
        put32(0, 256);
        fake.generation_step = 1; /* does not hold still */
        fake_config_interrupt(&fake);
        assert_int_equal(atomic_load(&fake_blkdev->sectors), 128);
}

/* ---- A device that lies ---- */

static void refuses(const char *why)
{
        assert_int_not_equal(virtio_blk_start(&fake.device), 0);
        assert_null(fake_blkdev);
        assert_true(fake_log_has(why));
        assert_true(fake.stops != 0);
}

static void impossible_configurations_are_refused(void **state)
{
        (void)state;
        static const uint32_t sizes[] = {0, 1, 256, 513, 3072, 8192, 0x80000000};
        for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
                offer(ALL_FEATURES);
                put32(20, sizes[i]);
                refuses("its block size is none of 512 to 4096");
        }
        offer(ALL_FEATURES);
        put32(12, 0);
        refuses("less than a block at a time");
        offer(ALL_FEATURES | VIRTIO_BLK_F_SIZE_MAX);
        put32(8, 511);
        refuses("less than a block at a time");
        offer(ALL_FEATURES);
        put32(4, 0xffffffff);
        refuses("its configuration makes no sense");
        offer(ALL_FEATURES);
        fake.generation_step = 1;
        refuses("its configuration makes no sense or does not hold still");
        offer(ALL_FEATURES);
        RING->maximum = 2;
        refuses("no room for its requests");
        offer(ALL_FEATURES);
        RING->maximum = 100;
        refuses("impossible size, 100");
}

static void a_topology_of_giants_is_cut(void **state)
{
        (void)state;
        offer(ALL_FEATURES);
        fake.config[24] = 200;
        put32(36, UINT32_MAX);
        assert_int_equal(virtio_blk_start(&fake.device), 0);
        assert_int_equal(fake_blkdev->info.physical_block_bytes, 512);
        assert_int_equal(fake_blkdev->info.discard_sectors_max, 1 << 21);
}

/* Two requests are out; after the lie both are over, the device is stopped, and the class asks no more. */
static void expect_disabled(const char *why)
{
        fake_interrupt(&fake);
        assert_true(fake_blkdev->disabled);
        assert_true(fake_log_has(why));
        assert_true(fake_log_has("[block] vda: "));
        assert_int_equal(fake.stops, 1);
        for (unsigned i = 1; i <= 2; i++) {
                assert_int_equal(fake_finished[i], 1);
                assert_int_equal(fake_status[i], -EIO);
        }
        fake_interrupt(&fake);
        assert_int_equal(fake_finished[1], 1);
}

static void start_two(void)
{
        static uint8_t bytes[2][512];
        assert_int_equal(submit_one(BLKDEV_READ, 0, bytes[0], 512, 1), 0);
        assert_int_equal(submit_one(BLKDEV_WRITE, 1, bytes[1], 512, 2), 0);
}

static void a_descriptor_beyond_the_ring_disables(void **state)
{
        (void)state;
        start_two();
        fake_push(RING, 300, 0);
        expect_disabled("beyond its queue");
}

static void a_request_that_was_not_made_disables(void **state)
{
        (void)state;
        start_two();
        fake_push(RING, 200, 0);
        expect_disabled("was not given");
}

static void more_answers_than_requests_disable(void **state)
{
        (void)state;
        start_two();
        RING->used->index = 3;
        expect_disabled("more buffers than it was given");
}

static void writing_beyond_a_request_disables(void **state)
{
        (void)state;
        start_two();
        fake_push(RING, (uint32_t)fake_pop(RING), 514);
        expect_disabled("beyond the end of a buffer");
}

static void the_same_answer_twice_disables(void **state)
{
        (void)state;
        start_two();
        int head = fake_pop(RING);
        fake_fill(RING, head, "", 1);
        fake_push(RING, (uint32_t)head, 513);
        fake_push(RING, (uint32_t)head, 513);
        fake_interrupt(&fake);
        assert_true(fake_blkdev->disabled);
        assert_int_equal(fake_finished[1], 1);
        assert_int_equal(fake_finished[2], 1);
        assert_int_equal(fake_status[2], -EIO);
}

static void an_interrupt_before_there_is_a_queue_does_nothing(void **state)
{
        (void)state;
        offer(ALL_FEATURES);
        fake.connect_error = -ENOSPC;
        assert_int_not_equal(virtio_blk_start(&fake.device), 0);
        fake_interrupt(&fake);
}

int main(void)
{
#define FULL(test)  cmocka_unit_test_setup(test, set_up)
#define PLAIN(test) cmocka_unit_test_setup(test, set_up_plain)
        const struct CMUnitTest tests[] = {
                FULL(what_the_device_says_becomes_the_limits),
                PLAIN(a_device_without_features_has_blocks_of_512_and_single_segments),
                FULL(larger_blocks_and_read_only_are_understood),
                FULL(data_goes_there_and_back),
                PLAIN(data_goes_there_and_back),
                FULL(ranges_say_which_sectors),
                FULL(a_request_of_many_segments_takes_one_descriptor),
                PLAIN(without_indirect_descriptors_the_ring_is_shared_out),
                FULL(a_failed_request_is_an_error_and_the_next_works),
                FULL(another_capacity_is_noticed),
                FULL(impossible_configurations_are_refused),
                FULL(a_topology_of_giants_is_cut),
                FULL(a_descriptor_beyond_the_ring_disables),
                FULL(a_request_that_was_not_made_disables),
                PLAIN(a_request_that_was_not_made_disables),
                FULL(more_answers_than_requests_disable),
                FULL(writing_beyond_a_request_disables),
                FULL(the_same_answer_twice_disables),
                FULL(an_interrupt_before_there_is_a_queue_does_nothing),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
