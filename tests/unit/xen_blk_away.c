/* blkfront while its backend goes away and comes back, the same, with less, or not at all: what becomes of requests. */
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

#define PAGE  4096u
#define PAGES 200u

static uint8_t memory[PAGES * PAGE] __attribute__((aligned(4096)));

static int set_up(void **state)
{
        (void)state;
        blkback_reset();
        blkback_fill();
        memset(memory, 0, sizeof memory);
        return blkback_start() == 1 ? 0 : -1;
}

static int set_up_single_grants(void **state)
{
        (void)state;
        blkback_reset();
        blkback_fill();
        memset(memory, 0, sizeof memory);
        fake_backend_set("feature-persistent", "0");
        return blkback_start() == 1 ? 0 : -1;
}

static int submit(enum blkdev_operation operation, uint64_t sector, void *data, uint32_t bytes, uintptr_t cookie)
{
        const struct blkdev_segment segment = {.data = data, .address = (uintptr_t)data, .bytes = bytes};
        return fake_submit(operation, sector, bytes / BLKDEV_SECTOR, &segment, bytes != 0, cookie);
}

/* A request for a page of the disk, by that page's number, into or from the same page of our memory. */
static void must(enum blkdev_operation operation, unsigned page)
{
        assert_int_equal(submit(operation, page * 8, memory + page * PAGE, PAGE, page), 0);
}

static void come_back(void)
{
        assert_int_equal(fake_xenbus_connect(), 0);
        blkback_map();
}

static uint64_t sector_of(const union xen_blk_entry *entry)
{
        return entry->request.operation == BLKIF_OP_INDIRECT ? entry->indirect.sector_number
                                                             : entry->request.sector_number;
}

/* ---- The same backend again ---- */

/* Reads, writes and a flush, of which the first backend does some and answers none. */
static void start_many(void)
{
        for (unsigned page = 0; page < 40; page++) {
                if (page == 20) {
                        assert_int_equal(submit(BLKDEV_FLUSH, 0, NULL, 0, 900), 0);
                        continue;
                }
                if (page % 2 == 0)
                        memset(memory + page * PAGE, (int)page + 1, PAGE);
                must(page % 2 == 0 ? BLKDEV_WRITE : BLKDEV_READ, page);
        }
        for (unsigned i = 0; i < 7; i++) {
                const union xen_blk_entry entry = blkback_take();
                assert_int_equal(blkback_do(&entry), 0);
        }
}

static void expect_done(unsigned count)
{
        for (unsigned page = 0; page < count; page++) {
                uint8_t expected[PAGE];
                if (page == 20)
                        continue;
                assert_int_equal(fake_finished[page], 1);
                assert_int_equal(fake_status[page], 0);
                for (unsigned i = 0; i < PAGE; i++)
                        expected[i] = page % 2 == 0 ? (uint8_t)(page + 1)
                                                    : (uint8_t)((page * PAGE + i) * 7 + ((page * PAGE + i) >> 9));
                assert_memory_equal(memory + page * PAGE, expected, PAGE);
                assert_memory_equal(fake_blkback.disk + page * PAGE, expected, PAGE);
        }
}

static void what_was_not_answered_is_made_again_in_order(void **state)
{
        (void)state;
        start_many();
        fake_xenbus_disconnect();
        assert_int_equal(fake_grants_used(), 0);
        assert_int_equal(fake_channels_used(), 0);
        for (unsigned page = 0; page < 40; page++)
                assert_int_equal(fake_finished[page], 0);
        assert_int_equal(submit(BLKDEV_READ, 0, memory, 512, 100), -EAGAIN);
        come_back();
        assert_int_equal(blkback_waiting(), 40);
        for (unsigned page = 0; page < 40; page++) {
                const union xen_blk_entry entry = *blkback_entry(page);
                if (page == 20)
                        assert_int_equal(entry.request.operation, BLKIF_OP_FLUSH_DISKCACHE);
                else
                        assert_int_equal(sector_of(&entry), page * 8);
        }
        assert_int_equal(blkback_serve(), 40);
        expect_done(40);
        assert_int_equal(fake_finished[900], 1);
        assert_int_equal(fake_status[900], 0);
        assert_null(fake_timer);
        assert_int_equal(submit(BLKDEV_READ, 3, memory, 512, 100), 0);
        assert_int_equal(blkback_serve(), 1);
        assert_memory_equal(memory, fake_blkback.disk + 3 * 512, 512);
        assert_false(fake_blkdev->disabled);
        assert_int_equal(fake_log[0], '\0');
}

/* Large requests have their pages in an indirect page, which is another one then. */
static void large_requests_are_made_again(void **state)
{
        (void)state;
        for (unsigned i = 0; i < 50 * PAGE; i++)
                memory[i] = (uint8_t)(i * 13);
        assert_int_equal(submit(BLKDEV_WRITE, 800, memory, 50 * PAGE, 1), 0);
        assert_int_equal(submit(BLKDEV_READ, 1600, memory + 60 * PAGE, 40 * PAGE, 2), 0);
        fake_xenbus_disconnect();
        come_back();
        assert_int_equal(blkback_serve(), 2);
        assert_int_equal(fake_finished[1] + fake_finished[2], 2);
        assert_memory_equal(fake_blkback.disk + 800 * 512, memory, 50 * PAGE);
        assert_memory_equal(fake_blkback.disk + 1600 * 512, memory + 60 * PAGE, 40 * PAGE);
}

static void what_was_answered_before_is_over(void **state)
{
        (void)state;
        must(BLKDEV_WRITE, 1);
        must(BLKDEV_WRITE, 2);
        must(BLKDEV_READ, 3);
        const uint64_t first = blkback_take().request.id;
        blkback_answer(first, BLKIF_OP_WRITE, BLKIF_RSP_ERROR); /* nobody was told of it */
        fake_xenbus_disconnect();
        assert_int_equal(fake_finished[1], 1);
        assert_int_equal(fake_status[1], -EIO);
        come_back();
        assert_int_equal(blkback_serve(), 2);
        assert_int_equal(fake_finished[1], 1);
        assert_int_equal(fake_finished[2] + fake_finished[3], 2);
        assert_int_equal(fake_status[2] | fake_status[3], 0);
}

static void requests_stay_in_order_however_often_it_goes(void **state)
{
        (void)state;
        for (unsigned page = 0; page < 30; page++)
                must(BLKDEV_READ, page);
        uint64_t ids[30];
        for (unsigned i = 0; i < 30; i++)
                ids[i] = blkback_take().request.id;
        for (unsigned i = 0; i < 30; i += 3) /* in an order of its own */
                blkback_answer(ids[29 - i], BLKIF_OP_READ, 0);
        blkback_event();
        must(BLKDEV_READ, 30); /* in the place of a request that is over */
        for (unsigned i = 0; i < 4; i++) {
                fake_xenbus_disconnect();
                come_back();
        }
        assert_int_equal(blkback_waiting(), 21);
        uint64_t last = 0;
        for (unsigned i = 0; i < 21; i++) {
                const uint64_t sector = sector_of(blkback_entry(i));
                assert_true(i == 0 || sector > last);
                last = sector;
        }
        assert_int_equal(blkback_serve(), 21);
        for (unsigned page = 0; page <= 30; page++)
                assert_int_equal(fake_finished[page], 1);
}

/* ---- A backend that comes back with less ---- */

static void a_smaller_ring_takes_them_one_after_the_other(void **state)
{
        (void)state;
        for (unsigned page = 0; page < 128; page++)
                must(BLKDEV_WRITE, page % PAGES);
        fake_xenbus_disconnect();
        fake_backend_set("max-ring-page-order", "0");
        come_back();
        assert_int_equal(fake_blkback.size, 32);
        uint64_t next = 0;
        while (next < 128 * 8) {
                assert_true(blkback_waiting() > 0 && blkback_waiting() <= 32);
                if (next <= 96 * 8) /* who comes later goes later */
                        assert_int_equal(submit(BLKDEV_READ, 0, memory, 512, 900), -EAGAIN);
                const union xen_blk_entry entry = blkback_take();
                assert_int_equal(sector_of(&entry), next);
                assert_int_equal(blkback_do(&entry), 0);
                blkback_answer(entry.request.id, entry.request.operation, 0);
                blkback_event();
                next += 8;
        }
        for (unsigned page = 0; page < 128; page++)
                assert_int_equal(fake_finished[page], 1);
        assert_int_equal(submit(BLKDEV_READ, 0, memory, 512, 900), 0);
        assert_int_equal(blkback_serve(), 1);
        assert_false(fake_blkdev->disabled);
}

static void fewer_pages_take_them_one_after_the_other(void **state)
{
        (void)state;
        for (unsigned i = 0; i < 4; i++)
                assert_int_equal(submit(BLKDEV_WRITE, i * 160, memory + i * 20 * PAGE, 20 * PAGE, i), 0);
        fake_xenbus_disconnect();
        fake_grants_left = 4 + 30; /* a ring, one request, its indirect page, and not another */
        come_back();
        for (unsigned i = 0; i < 4; i++) {
                assert_int_equal(blkback_waiting(), 1);
                assert_int_equal(blkback_serve(), 1);
        }
        for (unsigned i = 0; i < 4; i++)
                assert_int_equal(fake_status[i] | (int)(fake_finished[i] - 1), 0);
        must(BLKDEV_READ, 4);
        fake_xenbus_disconnect();
        fake_grants_left = 4; /* not even one */
        come_back();
        assert_int_equal(fake_status[4], -EIO);
        assert_int_equal(blkback_waiting(), 0);
}

static void what_a_smaller_disk_has_no_room_for_fails(void **state)
{
        (void)state;
        must(BLKDEV_WRITE, 10);
        must(BLKDEV_WRITE, 99);
        must(BLKDEV_READ, 100);
        must(BLKDEV_READ, 150);
        assert_int_equal(submit(BLKDEV_READ, 796, memory, 4 * PAGE, 1), 0); /* across the end to be */
        assert_int_equal(fake_submit(BLKDEV_DISCARD, 790, 20, NULL, 0, 2), 0);
        fake_xenbus_disconnect();
        fake_backend_set("sectors", "800");
        come_back();
        assert_int_equal(atomic_load(&fake_blkdev->sectors), 800);
        assert_int_equal(blkback_serve(), 2);
        assert_int_equal(fake_status[10] | fake_status[99], 0);
        assert_int_equal(fake_status[100], -EIO);
        assert_int_equal(fake_status[150], -EIO);
        assert_int_equal(fake_status[1], -EIO);
        assert_int_equal(fake_status[2], -EIO);
        assert_int_equal(submit(BLKDEV_READ, 800, memory, 512, 3), -EIO);
        assert_int_equal(submit(BLKDEV_READ, 799, memory, 512, 3), 0);
        assert_false(fake_blkdev->disabled);
}

static void a_disk_that_is_read_only_now_is_read(void **state)
{
        (void)state;
        must(BLKDEV_WRITE, 1);
        must(BLKDEV_READ, 2);
        assert_int_equal(fake_submit(BLKDEV_DISCARD, 0, 8, NULL, 0, 3), 0);
        assert_int_equal(submit(BLKDEV_FLUSH, 0, NULL, 0, 4), 0);
        fake_xenbus_disconnect();
        fake_backend_set("mode", "r");
        come_back();
        assert_int_equal(blkback_serve(), 1);
        assert_int_equal(fake_status[1], -EIO);
        assert_int_equal(fake_status[2], 0);
        assert_int_equal(fake_status[3], -EIO);
        assert_int_equal(fake_status[4], -EIO);
        assert_int_equal(submit(BLKDEV_WRITE, 0, memory, 512, 5), -EIO);
        fake_xenbus_disconnect();
        fake_backend_set("mode", "w");
        come_back();
        assert_int_equal(submit(BLKDEV_WRITE, 0, memory, 512, 5), 0);
}

static void a_flush_is_what_the_backend_has_for_it(void **state)
{
        (void)state;
        assert_int_equal(submit(BLKDEV_FLUSH, 0, NULL, 0, 1), 0);
        fake_xenbus_disconnect();
        fake_backend_set("feature-flush-cache", "0");
        come_back();
        assert_int_equal(blkback_entry(0)->request.operation, BLKIF_OP_WRITE_BARRIER);
        fake_xenbus_disconnect();
        fake_backend_set("feature-barrier", "0");
        come_back();
        assert_int_equal(fake_status[1], -EIO); /* nothing says that what was written is kept */
        assert_int_equal(submit(BLKDEV_FLUSH, 0, NULL, 0, 2), -EIO);
}

static void a_backend_without_features_in_use_is_refused(void **state)
{
        static const struct {
                const char *key, *value;
                const char *why;
        } less[] = {{"feature-max-indirect-segments", NULL, "without features that are in use"},
                    {"feature-persistent", "0", "without features that are in use"},
                    {"sector-size", "4096", "blocks of another size"},
                    {"sectors", "0", "its size in xenstore is missing"}};
        (void)state;
        for (unsigned i = 0; i < sizeof less / sizeof less[0]; i++) {
                assert_int_equal(set_up(NULL), 0);
                must(BLKDEV_READ, 1);
                fake_xenbus_disconnect();
                fake_backend_set(less[i].key, less[i].value);
                assert_true(fake_xenbus_connect() < 0);
                assert_true(fake_log_has(less[i].why));
                assert_int_equal(fake_finished[1], 0);
                xenbus_fail(fake_xenbus_device, NULL); /* as xenbus does then */
                fake_xenbus_disconnect();
                assert_int_equal(fake_status[1], -EIO);
                assert_int_equal(submit(BLKDEV_READ, 0, memory, 512, 2), -EIO);
                assert_int_equal(fake_grants_used(), 0);
        }
}

static void pages_that_stay_granted_may_be_used_by_who_offers_it_later(void **state)
{
        (void)state;
        start_many();
        fake_xenbus_disconnect();
        fake_backend_set("feature-persistent", "1");
        come_back();
        assert_int_equal(blkback_serve(), 40);
        expect_done(40);
        assert_true(fake_grants_used() > 4);
        must(BLKDEV_READ, 50);
        fake_xenbus_disconnect();
        fake_backend_set("feature-persistent", "0");
        come_back();
        assert_int_equal(blkback_serve(), 1);
        assert_int_equal(fake_status[50] | (int)(fake_finished[50] - 1), 0);
        assert_int_equal(fake_grants_used(), 4);
}

/* ---- Pages that the old backend keeps ---- */

static void a_page_of_the_program_that_is_kept_fails_its_request(void **state)
{
        (void)state;
        must(BLKDEV_READ, 1);
        must(BLKDEV_READ, 2);
        fake_grants[blkback_entry(0)->request.seg[0].gref].mapped = true;
        fake_xenbus_disconnect();
        assert_int_equal(fake_status[1], -EIO);
        assert_int_equal(fake_finished[2], 0);
        come_back();
        assert_int_equal(blkback_serve(), 1);
        assert_int_equal(fake_status[2] | (int)(fake_finished[2] - 1), 0);
        assert_false(fake_blkdev->disabled);
}

/* ---- Nobody comes back ---- */

static void after_the_time_everything_fails(void **state)
{
        (void)state;
        start_many();
        fake_xenbus_disconnect();
        assert_non_null(fake_timer);
        assert_in_range(fake_timer->deadline, XEN_BLK_PATIENCE, XEN_BLK_PATIENCE + 1000000000);
        fake_timer_ring();
        for (unsigned page = 0; page < 40; page++) {
                if (page == 20)
                        continue;
                assert_int_equal(fake_finished[page], 1);
                assert_int_equal(fake_status[page], -EIO);
        }
        assert_int_equal(fake_status[900], -EIO);
        assert_true(fake_log_has("[block] xvda: its backend went away 30 s ago and did not come back"));
        assert_int_equal(submit(BLKDEV_READ, 0, memory, 512, 100), -EIO);
        assert_false(fake_blkdev->disabled);
        come_back();
        assert_int_equal(blkback_waiting(), 0);
        must(BLKDEV_READ, 101);
        assert_int_equal(blkback_serve(), 1);
        assert_int_equal(fake_status[101] | (int)(fake_finished[101] - 1), 0);
        fake_xenbus_disconnect();
        assert_non_null(fake_timer);
}

static void tries_that_come_to_nothing_do_not_prolong_it(void **state)
{
        (void)state;
        must(BLKDEV_READ, 1);
        fake_xenbus_disconnect();
        const uint64_t deadline = fake_timer->deadline;
        fake_grants_left = 0;
        assert_true(fake_xenbus_connect() < 0);
        fake_xenbus_disconnect();
        assert_int_equal(fake_timer->deadline, deadline);
        assert_int_equal(fake_finished[1], 0);
        fake_timer_ring();
        assert_int_equal(fake_status[1], -EIO);
}

/* It says that it closes and does not let go for longer than that: its pages are its own until then. */
static void what_the_backend_still_has_fails_when_it_lets_go(void **state)
{
        (void)state;
        must(BLKDEV_READ, 1);
        fake_xenbus_driver->stop(fake_xenbus_device);
        fake_timer_ring();
        assert_int_equal(fake_finished[1], 0);
        assert_int_equal(submit(BLKDEV_READ, 0, memory, 512, 2), -EIO);
        fake_xenbus_driver->release(fake_xenbus_device);
        assert_int_equal(fake_status[1], -EIO);
        assert_int_equal(fake_grants_used(), 0);
}

static void a_lie_among_the_last_answers_disables(void **state)
{
        (void)state;
        must(BLKDEV_READ, 1);
        must(BLKDEV_READ, 2);
        blkback_answer(77, 0, 0);
        fake_xenbus_disconnect();
        assert_true(fake_blkdev->disabled);
        assert_true(fake_log_has("a request that was not made"));
        assert_int_equal(fake_status[1], -EIO);
        assert_int_equal(fake_status[2], -EIO);
        assert_int_equal(fake_finished[1] + fake_finished[2], 2);
        assert_int_equal(fake_grants_used(), 0);
        fake_timer_ring();
        assert_int_equal(fake_finished[1] + fake_finished[2], 2);
}

int main(void)
{
#define TEST(test)   cmocka_unit_test_setup(test, set_up)
#define SINGLE(test) cmocka_unit_test_setup(test, set_up_single_grants)
        const struct CMUnitTest tests[] = {
                TEST(what_was_not_answered_is_made_again_in_order),
                SINGLE(what_was_not_answered_is_made_again_in_order),
                TEST(large_requests_are_made_again),
                SINGLE(large_requests_are_made_again),
                TEST(what_was_answered_before_is_over),
                SINGLE(what_was_answered_before_is_over),
                TEST(requests_stay_in_order_however_often_it_goes),
                SINGLE(requests_stay_in_order_however_often_it_goes),
                TEST(a_smaller_ring_takes_them_one_after_the_other),
                SINGLE(a_smaller_ring_takes_them_one_after_the_other),
                TEST(fewer_pages_take_them_one_after_the_other),
                SINGLE(fewer_pages_take_them_one_after_the_other),
                TEST(what_a_smaller_disk_has_no_room_for_fails),
                TEST(a_disk_that_is_read_only_now_is_read),
                TEST(a_flush_is_what_the_backend_has_for_it),
                TEST(a_backend_without_features_in_use_is_refused),
                SINGLE(pages_that_stay_granted_may_be_used_by_who_offers_it_later),
                SINGLE(a_page_of_the_program_that_is_kept_fails_its_request),
                TEST(after_the_time_everything_fails),
                SINGLE(after_the_time_everything_fails),
                TEST(tries_that_come_to_nothing_do_not_prolong_it),
                TEST(what_the_backend_still_has_fails_when_it_lets_go),
                TEST(a_lie_among_the_last_answers_disables),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
