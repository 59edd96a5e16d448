/* blkfront against a backend that obeys: the handshake, and data in every way it can go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fake/blkback.h>
#include <platform.h>

static int set_up(void **state)
{
        (void)state;
        blkback_reset();
        blkback_fill();
        return blkback_start() == 1 ? 0 : -1;
}

static int set_up_nothing(void **state)
{
        (void)state;
        blkback_reset();
        blkback_fill();
        return 0;
}

static int submit(enum blkdev_operation operation, uint64_t sector, void *data, uint32_t bytes, uintptr_t cookie)
{
        const struct blkdev_segment segment = {.data = data, .address = (uintptr_t)data, .bytes = bytes};
        return fake_submit(operation, sector, bytes / BLKDEV_SECTOR, &segment, bytes != 0, cookie);
}

/* ---- The handshake ---- */

static void the_backend_is_told_of_ring_and_channel(void **state)
{
        (void)state;
        assert_int_equal(fake_frontend_number("ring-page-order"), 2);
        assert_int_not_equal(fake_frontend_number("ring-ref3"), UINT32_MAX);
        assert_int_equal(fake_frontend_number("ring-ref"), UINT32_MAX);
        assert_int_equal(fake_frontend_number("feature-persistent"), 1);
        assert_int_equal(fake_channels[fake_frontend_number("event-channel")].remote, 0);
        assert_int_equal(fake_blkback.size, 128);
}

static void what_the_backend_says_becomes_the_limits(void **state)
{
        (void)state;
        const struct blkdev_info *info = &fake_blkdev->info;
        assert_string_equal(info->name, "xvda");
        assert_string_equal(info->driver, "xen-blkfront");
        assert_int_equal(atomic_load(&fake_blkdev->sectors), 4096);
        assert_int_equal(info->block_bytes, 512);
        assert_int_equal(info->physical_block_bytes, 4096);
        assert_int_equal(info->capabilities, BLKDEV_CAN_FLUSH | BLKDEV_CAN_DISCARD);
        assert_int_equal(info->segments_max, 16);
        assert_int_equal(info->request_bytes_max, 64 * 4096);
        assert_int_equal(info->segment_alignment, 1);
}

static void a_backend_that_offers_nothing_is_enough(void **state)
{
        static const char *const keys[] = {"max-ring-page-order",
                                           "feature-persistent",
                                           "feature-max-indirect-segments",
                                           "feature-flush-cache",
                                           "feature-barrier",
                                           "feature-discard",
                                           "sector-size",
                                           "info",
                                           "physical-sector-size"};
        (void)state;
        for (unsigned i = 0; i < sizeof keys / sizeof keys[0]; i++)
                fake_backend_set(keys[i], NULL);
        assert_int_equal(blkback_start(), 1);
        assert_int_not_equal(fake_frontend_number("ring-ref"), UINT32_MAX);
        assert_int_equal(fake_frontend_number("ring-page-order"), UINT32_MAX);
        assert_int_equal(fake_blkback.size, 32);
        assert_int_equal(fake_blkdev->info.capabilities, 0);
        assert_int_equal(fake_blkdev->info.segments_max, 2);
        assert_int_equal(fake_blkdev->info.request_bytes_max, 7 * 4096);
        assert_int_equal(fake_blkdev->info.segment_alignment, 512);
}

static void disks_have_the_letter_of_their_number(void **state)
{
        static const struct {
                uint32_t number;
                const char *name;
        } disks[] = {{51712, "xvda"},     {51728, "xvdb"}, {51952, "xvdp"}, {268439552, "xvdq"},
                     {268441856, "xvdz"}, {768, "xvda"},   {0, "xvda"}};
        (void)state;
        for (unsigned i = 0; i < sizeof disks / sizeof disks[0]; i++) {
                blkback_reset();
                fake_xenbus_number = disks[i].number;
                assert_int_equal(blkback_start(), 1);
                assert_string_equal(fake_blkdev->info.name, disks[i].name);
        }
}

static void read_only_disks_are_known_by_mode_or_info(void **state)
{
        (void)state;
        fake_backend_set("mode", "r");
        fake_backend_set("feature-flush-cache", "1");
        fake_backend_set("feature-discard", "1");
        assert_int_equal(blkback_start(), 1);
        assert_int_equal(fake_blkdev->info.capabilities, BLKDEV_READ_ONLY); /* what is offered besides changes it */
        blkback_reset();
        fake_backend_set("info", "4");
        assert_int_equal(blkback_start(), 1);
        assert_true((fake_blkdev->info.capabilities & BLKDEV_READ_ONLY) != 0);
}

static void larger_blocks_are_understood(void **state)
{
        (void)state;
        fake_backend_set("sector-size", "4096");
        fake_backend_set("physical-sector-size", "1000");
        assert_int_equal(blkback_start(), 1);
        assert_int_equal(fake_blkdev->info.block_bytes, 4096);
        assert_int_equal(fake_blkdev->info.physical_block_bytes, 4096);
        assert_int_equal(atomic_load(&fake_blkdev->sectors), 4096); /* of 512 bytes all the same */
}

static void disks_that_make_no_sense_are_not_used(void **state)
{
        static const struct {
                const char *key, *value, *why;
        } bad[] = {{"sectors", NULL, "its size"},
                   {"sectors", "0", "its size"},
                   {"sectors", "18446744073709551615", "its size"},
                   {"sectors", "many", "its size"},
                   {"sector-size", "0", "its block size"},
                   {"sector-size", "1000", "its block size"},
                   {"sector-size", "65536", "its block size"}};
        (void)state;
        for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
                blkback_reset();
                fake_backend_set(bad[i].key, bad[i].value);
                assert_int_equal(blkback_start(), 0);
                assert_null(fake_blkdev);
                assert_true(fake_log_has(bad[i].why));
                assert_int_equal(fake_grants_used(), 0);
                assert_int_equal(fake_channels_used(), 0);
        }
}

static void a_conflict_in_xenstore_publishes_twice(void **state)
{
        (void)state;
        fake_xenbus_conflict = true;
        assert_int_equal(blkback_start(), 1);
        assert_int_equal(submit(BLKDEV_FLUSH, 0, NULL, 0, 1), 0);
        assert_int_equal(blkback_serve(), 1);
        assert_int_equal(fake_status[1], 0);
}

static void without_grants_or_channels_the_disk_is_not_used(void **state)
{
        (void)state;
        fake_grants_left = 2;
        assert_int_equal(blkback_start(), 0);
        assert_int_equal(fake_grants_used(), 0);
        blkback_reset();
        fake_channels_left = 0;
        assert_int_equal(blkback_start(), 0);
        assert_int_equal(fake_grants_used(), 0);
}

/* ---- Data ---- */

static unsigned random_state = 1;

static unsigned any(unsigned below)
{
        random_state = random_state * 1103515245u + 12345u;
        return (random_state >> 8) % below;
}

/* Requests of random shape, within the limits, against the same done on a copy of the disk. */
static void move_at_random(unsigned rounds)
{
        static uint8_t memory[XEN_BLK_SEGMENTS * 70 * 4096] __attribute__((aligned(4096)));
        static uint8_t copy[sizeof fake_blkback.disk];
        const struct blkdev_info *info = &fake_blkdev->info;
        memcpy(copy, fake_blkback.disk, sizeof copy);
        for (unsigned round = 0; round < rounds; round++) {
                struct blkdev_segment segments[XEN_BLK_SEGMENTS];
                const unsigned count = 1 + any(info->segments_max);
                uint32_t bytes = 0;
                size_t at = 0;
                for (unsigned i = 0; i < count; i++) {
                        const uint32_t most = (info->request_bytes_max - bytes) / BLKDEV_SECTOR - (count - 1 - i);
                        const uint32_t part = (1 + any(most < 100 ? most : 100)) * BLKDEV_SECTOR;
                        at += info->segment_alignment == 1 ? any(3000) : any(20) * BLKDEV_SECTOR;
                        segments[i] = (struct blkdev_segment){memory + at, (uintptr_t)memory + at, part};
                        at += part;
                        bytes += part;
                }
                const uint64_t sector = any(FAKE_DISK_SECTORS - bytes / BLKDEV_SECTOR);
                const bool writes = any(2);
                for (size_t i = 0; i < at; i += 3)
                        memory[i] = (uint8_t)any(256);
                assert_int_equal(fake_submit(writes ? BLKDEV_WRITE : BLKDEV_READ, sector, bytes / BLKDEV_SECTOR,
                                             segments, count, round % FAKE_COOKIES),
                                 0);
                assert_int_equal(blkback_serve(), 1);
                assert_int_equal(fake_status[round % FAKE_COOKIES], 0);
                uint8_t *there = copy + sector * BLKDEV_SECTOR;
                for (unsigned i = 0; i < count; there += segments[i++].bytes) {
                        if (writes)
                                memcpy(there, segments[i].data, segments[i].bytes);
                        else
                                assert_memory_equal(there, segments[i].data, segments[i].bytes);
                }
                assert_memory_equal(copy, fake_blkback.disk, sizeof copy);
        }
}

static void data_is_right_through_persistent_pages(void **state)
{
        (void)state;
        move_at_random(600);
        const unsigned used = fake_grants_used();
        move_at_random(100);
        assert_int_equal(fake_grants_used(), used); /* the same pages again */
        assert_true(used <= 4 + 64 + 1);
}

static void data_is_right_in_the_programs_own_pages(void **state)
{
        (void)state;
        fake_backend_set("feature-persistent", "0");
        assert_int_equal(blkback_start(), 1);
        const unsigned before = fake_grants_used();
        move_at_random(600);
        assert_true(fake_grants_used() <= before + 1); /* the indirect page stays */
}

static void data_is_right_without_indirect_segments(void **state)
{
        (void)state;
        fake_backend_set("feature-max-indirect-segments", NULL);
        assert_int_equal(blkback_start(), 1);
        move_at_random(300);
        blkback_reset();
        fake_backend_set("feature-max-indirect-segments", NULL);
        fake_backend_set("feature-persistent", NULL);
        assert_int_equal(blkback_start(), 1);
        move_at_random(300);
}

static void a_write_grants_its_pages_for_reading_only(void **state)
{
        static uint8_t memory[8192] __attribute__((aligned(4096)));
        (void)state;
        fake_backend_set("feature-persistent", "0");
        assert_int_equal(blkback_start(), 1);
        assert_int_equal(submit(BLKDEV_WRITE, 0, memory, 8192, 1), 0);
        const union xen_blk_entry entry = blkback_take();
        assert_int_equal(entry.request.nr_segments, 2);
        assert_true(fake_grants[entry.request.seg[0].gref].read_only);
        assert_ptr_equal(fake_grants[entry.request.seg[1].gref].page, memory + 4096);
}

static void flushes_and_discards_are_operations_of_their_own(void **state)
{
        (void)state;
        assert_int_equal(submit(BLKDEV_FLUSH, 0, NULL, 0, 1), 0);
        union xen_blk_entry entry = blkback_take();
        assert_int_equal(entry.request.operation, BLKIF_OP_FLUSH_DISKCACHE);
        assert_int_equal(entry.request.nr_segments, 0);
        blkback_answer(entry.request.id, entry.request.operation, 0);
        assert_int_equal(fake_submit(BLKDEV_DISCARD, 100, 50, NULL, 0, 2), 0);
        assert_int_equal(blkback_serve(), 1);
        assert_int_equal(fake_finished[1] + fake_finished[2], 2);
        assert_int_equal(fake_blkback.disk[100 * 512], 0xdd);
        assert_int_equal(fake_blkback.disk[150 * 512 - 1], 0xdd);
        blkback_reset();
        fake_backend_set("feature-flush-cache", "0");
        assert_int_equal(blkback_start(), 1);
        assert_int_equal(submit(BLKDEV_FLUSH, 0, NULL, 0, 1), 0);
        assert_int_equal(blkback_take().request.operation, BLKIF_OP_WRITE_BARRIER);
}

static void a_failed_request_is_an_error_and_the_next_works(void **state)
{
        static const struct {
                int16_t status;
                int error;
        } results[] = {{0, 0}, {-1, -EIO}, {-2, -ENOTSUP}, {-3, -EIO}, {1, -EIO}, {INT16_MIN, -EIO}};
        static uint8_t memory[512];
        (void)state;
        for (unsigned i = 0; i < sizeof results / sizeof results[0]; i++) {
                memory[0] = 0x77;
                assert_int_equal(submit(BLKDEV_READ, 1, memory, 512, i), 0);
                const union xen_blk_entry entry = blkback_take();
                blkback_answer(entry.request.id, entry.request.operation, results[i].status);
                blkback_event();
                assert_int_equal(fake_status[i], results[i].error);
                if (results[i].error != 0)
                        assert_int_equal(memory[0], 0x77);
        }
        assert_false(fake_blkdev->disabled);
}

static void the_ring_takes_what_it_has_places_for(void **state)
{
        static uint8_t memory[512];
        unsigned accepted = 0;
        (void)state;
        while (submit(BLKDEV_READ, 0, memory, 512, accepted) == 0)
                accepted++;
        assert_int_equal(accepted, 128);
        assert_int_equal(blkback_serve(), 128);
        for (unsigned i = 0; i < accepted; i++)
                assert_int_equal(fake_finished[i], 1);
        assert_int_equal(submit(BLKDEV_READ, 0, memory, 512, accepted), 0);
}

static void the_backend_is_notified_when_it_asks(void **state)
{
        static uint8_t memory[512];
        (void)state;
        const struct fake_channel *channel = &fake_channels[fake_frontend_number("event-channel")];
        const unsigned before = channel->sends;
        submit(BLKDEV_READ, 0, memory, 512, 1);
        submit(BLKDEV_READ, 0, memory, 512, 2); /* it has not slept since */
        assert_int_equal(channel->sends, before + 1);
        blkback_serve();
        submit(BLKDEV_READ, 0, memory, 512, 3);
        assert_int_equal(channel->sends, before + 2);
}

static void a_request_that_gets_no_pages_waits_for_others(void **state)
{
        static uint8_t memory[64 * 4096] __attribute__((aligned(4096)));
        (void)state;
        assert_int_equal(submit(BLKDEV_WRITE, 0, memory, 10 * 4096, 1), 0);
        const unsigned used = fake_grants_used();
        fake_grants_left = 20;
        assert_int_equal(submit(BLKDEV_WRITE, 0, memory, 40 * 4096, 2), -EAGAIN);
        assert_int_equal(fake_finished[2], 0);
        assert_int_equal(fake_grants_used(), used + 20); /* pages that were made stay in the pool */
        blkback_serve();
        assert_int_equal(submit(BLKDEV_WRITE, 0, memory, 40 * 4096, 3), -EIO); /* nobody will give any back */
        assert_int_equal(submit(BLKDEV_WRITE, 0, memory, 20 * 4096, 4), 0);
        blkback_serve();
        assert_int_equal(fake_status[4], 0);
}

static void another_size_is_noticed(void **state)
{
        (void)state;
        fake_backend_set("sectors", "8192");
        fake_xenbus_driver->changed(fake_xenbus_device);
        assert_int_equal(atomic_load(&fake_blkdev->sectors), 8192);
        fake_backend_set("sectors", "x");
        fake_xenbus_driver->changed(fake_xenbus_device);
        assert_int_equal(atomic_load(&fake_blkdev->sectors), 8192);
}

int main(void)
{
#define TEST(test)    cmocka_unit_test_setup(test, set_up)
#define STARTED(test) cmocka_unit_test_setup(test, set_up_nothing)
        const struct CMUnitTest tests[] = {
                TEST(the_backend_is_told_of_ring_and_channel),
                TEST(what_the_backend_says_becomes_the_limits),
                STARTED(a_backend_that_offers_nothing_is_enough),
                STARTED(disks_have_the_letter_of_their_number),
                STARTED(read_only_disks_are_known_by_mode_or_info),
                STARTED(larger_blocks_are_understood),
                STARTED(disks_that_make_no_sense_are_not_used),
                STARTED(a_conflict_in_xenstore_publishes_twice),
                STARTED(without_grants_or_channels_the_disk_is_not_used),
                TEST(data_is_right_through_persistent_pages),
                STARTED(data_is_right_in_the_programs_own_pages),
                STARTED(data_is_right_without_indirect_segments),
                STARTED(a_write_grants_its_pages_for_reading_only),
                TEST(flushes_and_discards_are_operations_of_their_own),
                TEST(a_failed_request_is_an_error_and_the_next_works),
                TEST(the_ring_takes_what_it_has_places_for),
                TEST(the_backend_is_notified_when_it_asks),
                TEST(a_request_that_gets_no_pages_waits_for_others),
                TEST(another_size_is_noticed),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
