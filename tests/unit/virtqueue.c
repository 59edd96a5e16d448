/* The split ring against a device that is this file: what it shows the device, and what it does when it is lied to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fake/driver_host.h>
#include <virtio/virtqueue.h>

#define SIZE 8

/* The ring as section 2.7 lays it out, for SIZE entries. */
struct descriptor {
        uint64_t address;
        uint32_t length;
        uint16_t flags, next;
};
struct available {
        uint16_t flags, index, ring[SIZE], used_event;
};
struct used {
        uint16_t flags, index;
        struct {
                uint32_t id, length;
        } ring[SIZE];
        uint16_t avail_event;
};

static struct virtqueue vq;

#define DESCRIPTORS ((struct descriptor *)(void *)vq.descriptors)
#define AVAILABLE   ((struct available *)(void *)vq.available)
#define USED        ((struct used *)(void *)vq.used)

static int cookies[64];

static int set_up(void **state)
{
        (void)state;
        fake_host_reset();
        return vq_init(&vq, SIZE, false);
}

static int tear_down(void **state)
{
        (void)state;
        vq_free(&vq);
        return fake_pages_used == 0 ? 0 : -1;
}

static int add(unsigned readable, unsigned writable, uint32_t bytes, void *cookie)
{
        struct vq_segment segments[SIZE + 1];
        for (unsigned i = 0; i < readable + writable; i++)
                segments[i] = (struct vq_segment){.address = 0x1000u * (i + 1), .bytes = bytes};
        return vq_add(&vq, segments, readable, writable, cookie);
}

static void give_back(uint32_t id, uint32_t length)
{
        USED->ring[USED->index % SIZE].id = id;
        USED->ring[USED->index % SIZE].length = length;
        USED->index++;
}

static void a_size_that_is_no_power_of_two_is_refused(void **state)
{
        (void)state;
        struct virtqueue other;
        assert_int_equal(vq_init(&other, 0, false), -EINVAL);
        assert_int_equal(vq_init(&other, 24, false), -EINVAL);
        assert_int_equal(vq_init(&other, 65536, false), -EINVAL);
        assert_int_equal(vq_init(&other, UINT32_MAX, false), -EINVAL);
}

static void no_memory_is_reported(void **state)
{
        (void)state;
        struct virtqueue other;
        fake_pages_left = 0;
        assert_int_equal(vq_init(&other, 256, false), -ENOMEM);
        fake_pages_left = -1;
}

static void a_chain_is_linked_with_its_flags(void **state)
{
        (void)state;
        assert_int_equal(add(1, 2, 100, &cookies[0]), 0);
        assert_true(vq_publish(&vq));
        assert_int_equal(AVAILABLE->index, 1);
        uint16_t head = AVAILABLE->ring[0];
        struct descriptor *d = &DESCRIPTORS[head];
        assert_int_equal(d->address, 0x1000);
        assert_int_equal(d->length, 100);
        assert_int_equal(d->flags, 1);
        d = &DESCRIPTORS[d->next];
        assert_int_equal(d->flags, 3);
        d = &DESCRIPTORS[d->next];
        assert_int_equal(d->address, 0x3000);
        assert_int_equal(d->flags, 2);
}

static void nothing_is_shown_before_it_is_published(void **state)
{
        (void)state;
        assert_int_equal(add(1, 0, 1, NULL), 0);
        assert_int_equal(AVAILABLE->index, 0);
        assert_true(vq_publish(&vq));
        assert_int_equal(AVAILABLE->index, 1);
        assert_false(vq_publish(&vq));
}

static void one_segment_is_a_chain_of_its_own(void **state)
{
        (void)state;
        uint32_t written;
        assert_int_equal(vq_add_one(&vq, 0x7000, 50, true, &cookies[0]), 0);
        assert_int_equal(vq_add_one(&vq, 0x8000, 60, false, &cookies[1]), 0);
        vq_publish(&vq);
        struct descriptor *d = &DESCRIPTORS[AVAILABLE->ring[0]];
        assert_int_equal(d->address, 0x7000);
        assert_int_equal(d->length, 50);
        assert_int_equal(d->flags, 2);
        assert_int_equal(DESCRIPTORS[AVAILABLE->ring[1]].flags, 0);
        give_back(AVAILABLE->ring[0], 50);
        assert_ptr_equal(vq_take(&vq, &written), &cookies[0]);
        give_back(AVAILABLE->ring[1], 1); /* it had nothing to write to */
        assert_null(vq_take(&vq, &written));
        assert_non_null(vq.broken);
        assert_int_equal(vq_add_one(&vq, 0x7000, 50, true, NULL), -EIO);
}

static void a_full_ring_says_so_and_changes_nothing(void **state)
{
        (void)state;
        assert_int_equal(add(0, 3, 1, NULL), 0);
        assert_int_equal(add(0, 3, 1, NULL), 0);
        assert_int_equal(vq.free_count, 2);
        assert_int_equal(add(0, 3, 1, NULL), -EAGAIN);
        assert_int_equal(vq.free_count, 2);
        assert_int_equal(add(0, 2, 1, NULL), 0);
        assert_int_equal(vq.free_count, 0);
        assert_int_equal(vq_add_one(&vq, 0, 1, true, NULL), -EAGAIN);
}

static void an_empty_chain_and_an_impossible_one_are_refused(void **state)
{
        (void)state;
        assert_int_equal(add(0, 0, 1, NULL), -EINVAL);
        assert_int_equal(add(0, SIZE + 1, 1, NULL), -EINVAL);
        assert_int_equal(add(0, 2, UINT32_MAX, NULL), -EINVAL);
}

static void chains_come_back_in_the_order_of_the_device(void **state)
{
        (void)state;
        uint32_t written;
        add(0, 1, 100, &cookies[0]);
        add(0, 2, 100, &cookies[1]);
        vq_publish(&vq);
        give_back(AVAILABLE->ring[1], 150);
        give_back(AVAILABLE->ring[0], 7);
        assert_int_equal(vq_ready(&vq), 2);
        assert_ptr_equal(vq_take(&vq, &written), &cookies[1]);
        assert_int_equal(written, 150);
        assert_ptr_equal(vq_take(&vq, &written), &cookies[0]);
        assert_int_equal(written, 7);
        assert_null(vq_take(&vq, &written));
        assert_null(vq.broken);
        assert_int_equal(vq.free_count, SIZE);
}

static void indexes_wrap_at_65536(void **state)
{
        (void)state;
        uint32_t written;
        for (unsigned i = 0; i < 70000; i++) {
                assert_int_equal(add(1 + i % 3, i % 2, 10, &cookies[i % 64]), 0);
                vq_publish(&vq);
                give_back(AVAILABLE->ring[i % SIZE], 0);
                assert_ptr_equal(vq_take(&vq, &written), &cookies[i % 64]);
        }
        assert_int_equal(vq.free_count, SIZE);
}

static void the_device_cannot_alter_the_drivers_record(void **state)
{
        (void)state;
        uint32_t written;
        add(0, 3, 10, &cookies[0]);
        vq_publish(&vq);
        uint16_t head = AVAILABLE->ring[0];
        memset(vq.descriptors, 0xff, SIZE * sizeof(struct descriptor));
        give_back(head, 30);
        assert_ptr_equal(vq_take(&vq, &written), &cookies[0]);
        for (unsigned i = 0; i < SIZE; i++)
                assert_int_equal(add(0, 1, 1, NULL), 0);
}

static void expect_broken(const char *why)
{
        uint32_t written;
        assert_null(vq_take(&vq, &written));
        assert_non_null(vq.broken);
        assert_non_null(strstr(vq.broken, why));
        assert_null(vq_take(&vq, &written));
        assert_int_equal(add(0, 1, 1, NULL), -EIO);
        assert_false(vq_publish(&vq));
        assert_true(vq_interrupt_after(&vq, 1));
}

static void a_used_id_beyond_the_queue_breaks_it(void **state)
{
        (void)state;
        add(0, 1, 10, NULL);
        vq_publish(&vq);
        give_back(SIZE, 0);
        expect_broken("beyond its queue");
}

static void a_used_id_that_is_not_outstanding_breaks_it(void **state)
{
        (void)state;
        add(0, 1, 10, NULL);
        vq_publish(&vq);
        give_back((AVAILABLE->ring[0] + 1u) % SIZE, 0);
        expect_broken("not given");
}

static void a_used_id_inside_a_chain_breaks_it(void **state)
{
        (void)state;
        add(0, 3, 10, NULL);
        vq_publish(&vq);
        give_back(DESCRIPTORS[AVAILABLE->ring[0]].next, 0);
        expect_broken("not given");
}

static void the_same_buffer_returned_twice_breaks_it(void **state)
{
        (void)state;
        uint32_t written;
        add(0, 1, 10, &cookies[0]);
        add(0, 1, 10, &cookies[1]);
        vq_publish(&vq);
        give_back(AVAILABLE->ring[0], 1);
        give_back(AVAILABLE->ring[0], 1);
        assert_ptr_equal(vq_take(&vq, &written), &cookies[0]);
        expect_broken("not given");
}

static void a_length_beyond_the_writable_bytes_breaks_it(void **state)
{
        (void)state;
        add(1, 2, 10, NULL);
        vq_publish(&vq);
        give_back(AVAILABLE->ring[0], 21);
        expect_broken("beyond the end of a buffer");
}

static void a_used_index_that_jumps_breaks_it(void **state)
{
        (void)state;
        add(0, 1, 10, NULL);
        vq_publish(&vq);
        USED->index = 2;
        expect_broken("more buffers than it was given");
}

static void a_used_index_that_goes_back_breaks_it(void **state)
{
        (void)state;
        add(0, 1, 10, NULL);
        vq_publish(&vq);
        USED->index = 0xffff;
        expect_broken("more buffers than it was given");
}

static void the_device_is_not_notified_when_it_says_so(void **state)
{
        (void)state;
        USED->flags = 1;
        add(0, 1, 1, NULL);
        assert_false(vq_publish(&vq));
        USED->flags = 0;
        add(0, 1, 1, NULL);
        assert_true(vq_publish(&vq));
}

static void interrupts_are_asked_for_by_flag(void **state)
{
        (void)state;
        vq_interrupt_never(&vq);
        assert_int_equal(AVAILABLE->flags, 1);
        assert_false(vq_interrupt_after(&vq, 1));
        assert_int_equal(AVAILABLE->flags, 0);
}

static void work_that_came_before_the_wish_is_reported(void **state)
{
        (void)state;
        add(0, 1, 1, NULL);
        vq_publish(&vq);
        give_back(AVAILABLE->ring[0], 0);
        assert_true(vq_interrupt_after(&vq, 1));
}

static int set_up_events(void **state)
{
        (void)state;
        fake_host_reset();
        return vq_init(&vq, SIZE, true);
}

static void an_event_index_in_the_batch_notifies(void **state)
{
        (void)state;
        USED->avail_event = 1; /* tell me when entry 1 is there */
        add(0, 1, 1, NULL);
        assert_false(vq_publish(&vq));
        add(0, 1, 1, NULL);
        add(0, 1, 1, NULL);
        assert_true(vq_publish(&vq));
        add(0, 1, 1, NULL);
        assert_false(vq_publish(&vq));
}

static void the_used_event_follows_what_was_taken(void **state)
{
        (void)state;
        uint32_t written;
        add(0, 1, 1, &cookies[0]);
        add(0, 1, 1, NULL);
        add(0, 1, 1, NULL);
        vq_publish(&vq);
        assert_false(vq_interrupt_after(&vq, 1));
        assert_int_equal(AVAILABLE->used_event, 0);
        give_back(AVAILABLE->ring[0], 0);
        assert_ptr_equal(vq_take(&vq, &written), &cookies[0]);
        assert_false(vq_interrupt_after(&vq, 2));
        assert_int_equal(AVAILABLE->used_event, 2);
        vq_interrupt_never(&vq);
        assert_int_equal(AVAILABLE->used_event, 0);
        assert_int_equal(AVAILABLE->flags, 0);
}

static void an_indirect_chain_takes_one_descriptor(void **state)
{
        (void)state;
        struct descriptor table[4];
        uint32_t written;
        struct vq_segment segments[4] = {{0x1000, 1}, {0x2000, 2}, {0x3000, 3}, {0x4000, 4}};
        assert_int_equal(vq_add_indirect(&vq, segments, 2, 2, table, 0x9000, &cookies[3]), 0);
        vq_publish(&vq);
        struct descriptor *d = &DESCRIPTORS[AVAILABLE->ring[0]];
        assert_int_equal(d->flags, 4);
        assert_int_equal(d->address, 0x9000);
        assert_int_equal(d->length, sizeof table);
        assert_int_equal(table[0].next, 1);
        assert_int_equal(table[1].flags, 1);
        assert_int_equal(table[2].flags, 3);
        assert_int_equal(table[3].flags, 2);
        assert_int_equal(vq.free_count, SIZE - 1);
        give_back(AVAILABLE->ring[0], 7);
        assert_ptr_equal(vq_take(&vq, &written), &cookies[3]);
        assert_int_equal(vq.free_count, SIZE);
}

int main(void)
{
#define RING(test)   cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define EVENTS(test) cmocka_unit_test_setup_teardown(test, set_up_events, tear_down)
        const struct CMUnitTest tests[] = {
                RING(a_size_that_is_no_power_of_two_is_refused),
                RING(no_memory_is_reported),
                RING(a_chain_is_linked_with_its_flags),
                RING(nothing_is_shown_before_it_is_published),
                RING(one_segment_is_a_chain_of_its_own),
                RING(a_full_ring_says_so_and_changes_nothing),
                RING(an_empty_chain_and_an_impossible_one_are_refused),
                RING(chains_come_back_in_the_order_of_the_device),
                RING(indexes_wrap_at_65536),
                RING(the_device_cannot_alter_the_drivers_record),
                RING(a_used_id_beyond_the_queue_breaks_it),
                RING(a_used_id_that_is_not_outstanding_breaks_it),
                RING(a_used_id_inside_a_chain_breaks_it),
                RING(the_same_buffer_returned_twice_breaks_it),
                RING(a_length_beyond_the_writable_bytes_breaks_it),
                RING(a_used_index_that_jumps_breaks_it),
                RING(a_used_index_that_goes_back_breaks_it),
                RING(the_device_is_not_notified_when_it_says_so),
                RING(interrupts_are_asked_for_by_flag),
                RING(work_that_came_before_the_wish_is_reported),
                EVENTS(an_event_index_in_the_batch_notifies),
                EVENTS(the_used_event_follows_what_was_taken),
                EVENTS(an_indirect_chain_takes_one_descriptor),
                EVENTS(chains_come_back_in_the_order_of_the_device),
                EVENTS(indexes_wrap_at_65536),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
