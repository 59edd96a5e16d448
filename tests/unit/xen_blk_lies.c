/* blkfront against a backend that lies: the disk is disabled with one message, and everything comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fake/blkback.h>

static uint8_t memory[2][8192] __attribute__((aligned(4096)));

static void start_two(void)
{
        for (unsigned i = 0; i < 2; i++) {
                const struct blkdev_segment segment = {memory[i], (uintptr_t)memory[i], 8192};
                assert_int_equal(fake_submit(i == 0 ? BLKDEV_READ : BLKDEV_WRITE, i, 16, &segment, 1, 1 + i), 0);
        }
}

static int set_up(void **state)
{
        (void)state;
        blkback_reset();
        if (blkback_start() != 1)
                return -1;
        start_two();
        return 0;
}

static int set_up_single_grants(void **state)
{
        (void)state;
        blkback_reset();
        fake_backend_set("feature-persistent", "0");
        if (blkback_start() != 1)
                return -1;
        start_two();
        return 0;
}

/* After the lie both requests are over, and when the backend has let go all grants are back. */
static void expect_disabled(const char *why)
{
        blkback_event();
        assert_true(fake_blkdev->disabled);
        if (!fake_log_has(why))
                fail_msg("not said: %s, but: %s", why, fake_log);
        assert_true(fake_log_has("[block] xvda: its backend "));
        assert_int_equal(fake_xenbus_failures, 1);
        assert_int_equal(fake_finished[1], 1);
        assert_int_equal(fake_finished[2], 1);
        blkback_event();
        fake_xenbus_disconnect();
        assert_int_equal(fake_grants_used(), 0);
        assert_int_equal(fake_channels_used(), 0);
        assert_int_equal(fake_finished[1], 1);
}

static void more_answers_than_requests_disable(void **state)
{
        (void)state;
        fake_blkback.ring->response_producer = 3;
        expect_disabled("answered more requests than there are");
        assert_int_equal(fake_status[1], -EIO);
}

static void an_index_that_goes_back_disables(void **state)
{
        (void)state;
        fake_blkback.ring->response_producer = UINT32_MAX;
        expect_disabled("answered more requests than there are");
}

static void nothing(void *cookie, int status)
{
        (void)cookie;
        (void)status;
}

static void a_request_that_was_not_shown_cannot_be_answered(void **state)
{
        (void)state;
        const struct blkdev_request request = {.operation = BLKDEV_FLUSH, .done = nothing};
        assert_int_equal(fake_blkdev->operations->submit(fake_blkdev, &request), 0);
        fake_blkback.ring->response_producer = 3; /* the third is on the ring, but was not published */
        blkback_event();
        assert_true(fake_blkdev->disabled);
}

static void an_id_beyond_the_ring_disables(void **state)
{
        (void)state;
        blkback_answer(128, 0, 0);
        expect_disabled("a request that was not made");
}

static void a_huge_id_disables(void **state)
{
        (void)state;
        blkback_answer(UINT64_MAX, 0, 0);
        expect_disabled("a request that was not made");
}

static void the_id_of_a_free_request_disables(void **state)
{
        (void)state;
        blkback_answer(77, 0, 0);
        expect_disabled("a request that was not made");
}

static void the_same_answer_twice_disables(void **state)
{
        (void)state;
        const uint64_t id = blkback_take().request.id;
        blkback_answer(id, 0, 0);
        blkback_answer(id, 0, 0);
        expect_disabled("a request that was not made");
        assert_int_equal(fake_status[1], 0);
        assert_int_equal(fake_status[2], -EIO);
}

/* Its memory may not be used for anything else: the grant is lost, and no other request is made. */
static void a_page_that_is_kept_disables(void **state)
{
        (void)state;
        const union xen_blk_entry entry = blkback_take();
        const grant_reference kept = entry.request.seg[1].gref;
        fake_grants[kept].mapped = true;
        blkback_answer(entry.request.id, 0, 0);
        blkback_event();
        assert_true(fake_blkdev->disabled);
        assert_true(fake_log_has("keeps pages of a request"));
        assert_true(fake_grants[kept].lost);
        assert_int_equal(fake_finished[1] + fake_finished[2], 2);
        assert_int_equal(fake_status[1], -EIO);
}

/* Persistent pages that stay mapped when the backend is gone are lost, not reused. */
static void pages_that_stay_mapped_after_the_end_are_lost(void **state)
{
        (void)state;
        const grant_reference kept = blkback_take().request.seg[0].gref;
        fake_grants[kept].mapped = true;
        fake_xenbus_disconnect();
        assert_true(fake_grants[kept].lost);
        assert_int_equal(fake_grants_used(), 1);
        assert_int_equal(fake_xenbus_connect(), 0);
        blkback_map();
        assert_int_equal(blkback_serve(), 2); /* through other pages */
        assert_int_equal(fake_finished[1] + fake_finished[2], 2);
        assert_int_equal(fake_status[1] | fake_status[2], 0);
        fake_xenbus_disconnect();
        assert_int_equal(fake_grants_used(), 1);
}

static void events_for_nothing_do_nothing(void **state)
{
        (void)state;
        for (unsigned i = 0; i < 10; i++)
                blkback_event();
        assert_false(fake_blkdev->disabled);
        assert_int_equal(fake_finished[1], 0);
        assert_int_equal(blkback_serve(), 2);
        assert_int_equal(fake_status[1] | fake_status[2], 0);
}

int main(void)
{
#define TEST(test)   cmocka_unit_test_setup(test, set_up)
#define SINGLE(test) cmocka_unit_test_setup(test, set_up_single_grants)
        const struct CMUnitTest tests[] = {
                TEST(more_answers_than_requests_disable),
                SINGLE(more_answers_than_requests_disable),
                TEST(an_index_that_goes_back_disables),
                TEST(a_request_that_was_not_shown_cannot_be_answered),
                TEST(an_id_beyond_the_ring_disables),
                SINGLE(an_id_beyond_the_ring_disables),
                TEST(a_huge_id_disables),
                TEST(the_id_of_a_free_request_disables),
                TEST(the_same_answer_twice_disables),
                SINGLE(the_same_answer_twice_disables),
                SINGLE(a_page_that_is_kept_disables),
                TEST(pages_that_stay_mapped_after_the_end_are_lost),
                TEST(events_for_nothing_do_nothing),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
