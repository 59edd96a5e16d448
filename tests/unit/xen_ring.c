/* The frontend's half of a shared ring: notifications, room, and indexes that cannot be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <xen/share/ring.h>

#define SIZE 8u

static struct ring ring;
static union {
        struct ring_shared head;
        uint8_t bytes[RING_HEADER_BYTES + SIZE * sizeof(uint64_t)];
} shared;

static int set_up(void **state)
{
        (void)state;
        memset(&shared, 0xee, sizeof shared);
        ring_init(&ring, &shared, SIZE);
        return 0;
}

static void a_page_holds_a_power_of_two_of_slots(void **state)
{
        (void)state;
        assert_int_equal(ring_slots(4096, 12), 256);
        assert_int_equal(ring_slots(4096, 8), 256);
        assert_int_equal(ring_slots(4096, 112), 32);
        assert_int_equal(ring_slots(16 * 4096, 112), 512);
        assert_int_equal(ring_slots(4096, 4032), 1);
}

static void slots_follow_the_head_and_wrap(void **state)
{
        (void)state;
        assert_ptr_equal(RING_SLOT(&ring, uint64_t, 0), shared.bytes + RING_HEADER_BYTES);
        assert_ptr_equal(RING_SLOT(&ring, uint64_t, SIZE + 3), shared.bytes + RING_HEADER_BYTES + 24);
        assert_ptr_equal(RING_SLOT(&ring, uint64_t, UINT32_MAX), shared.bytes + RING_HEADER_BYTES + 56);
}

static void the_first_request_is_told_and_others_when_asked(void **state)
{
        (void)state;
        assert_false(ring_publish(&ring)); /* nothing */
        ring.produced = 1;
        assert_true(ring_publish(&ring));
        assert_false(ring_publish(&ring));
        ring.produced = 3;
        assert_false(ring_publish(&ring));
        assert_int_equal(shared.head.request_producer, 3);
        shared.head.request_event = 5;
        ring.produced = 4;
        assert_false(ring_publish(&ring));
        ring.produced = 6;
        assert_true(ring_publish(&ring));
}

static void room_is_what_has_no_answer_yet(void **state)
{
        (void)state;
        assert_int_equal(ring_room(&ring), SIZE);
        ring.produced = 5;
        assert_int_equal(ring_room(&ring), 3);
        (void)ring_publish(&ring);
        shared.head.response_producer = 2;
        assert_int_equal(ring_responses(&ring), 2);
        ring.consumed = 2;
        assert_int_equal(ring_room(&ring), 5);
        assert_int_equal(ring_responses(&ring), 0);
}

static void indexes_may_wrap(void **state)
{
        (void)state;
        for (uint32_t i = 0; i < 1000; i++) {
                if (i == 0) {
                        ring.produced = ring.published = ring.consumed = UINT32_MAX - 100;
                        shared.head.request_producer = shared.head.response_producer = ring.produced;
                        shared.head.request_event = ring.produced + 1;
                }
                ring.produced += 3;
                assert_true(ring_publish(&ring));
                assert_false(ring_arm(&ring, 2));
                shared.head.response_producer += 2;
                assert_true(ring_arm(&ring, 2));
                assert_int_equal(ring_responses(&ring), 2);
                shared.head.response_producer += 1;
                ring.consumed += 3;
                shared.head.request_event = ring.produced + 1;
        }
}

static void more_answers_than_requests_are_a_lie(void **state)
{
        static const uint32_t lies[] = {4, 5, 9, 1u << 31, UINT32_MAX};
        (void)state;
        ring.produced = 3;
        (void)ring_publish(&ring);
        shared.head.response_producer = 3;
        assert_int_equal(ring_responses(&ring), 3);
        for (unsigned i = 0; i < sizeof lies / sizeof lies[0]; i++) {
                shared.head.response_producer = lies[i];
                assert_int_equal(ring_responses(&ring), -1);
        }
        ring.produced = 8; /* written, but not shown to the backend */
        shared.head.response_producer = 4;
        assert_int_equal(ring_responses(&ring), -1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_page_holds_a_power_of_two_of_slots, set_up),
                cmocka_unit_test_setup(slots_follow_the_head_and_wrap, set_up),
                cmocka_unit_test_setup(the_first_request_is_told_and_others_when_asked, set_up),
                cmocka_unit_test_setup(room_is_what_has_no_answer_yet, set_up),
                cmocka_unit_test_setup(indexes_may_wrap, set_up),
                cmocka_unit_test_setup(more_answers_than_requests_are_a_lie, set_up),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
