/* The page allocator against a model, and its complaints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <coracle/memory.h>

#include "fake/platform.h"

#define MIB (1ul << 20)

/* ---- Random operations against a model: who owns each page ---- */

struct block {
        char *address;
        unsigned order;
};

static void stamp(char *address, unsigned order, char value)
{
        for (size_t i = 0; i < 1ul << order; i++)
                address[i * PLATFORM_PAGE_SIZE + 8] = value;
}

static bool stamped(const char *address, unsigned order, char value)
{
        for (size_t i = 0; i < 1ul << order; i++)
                if (address[i * PLATFORM_PAGE_SIZE + 8] != value)
                        return false;
        return true;
}

static void random_operations(void *argument)
{
        enum { BLOCKS = 600 };
        static struct block blocks[BLOCKS];
        struct memory_statistics start, now;
        uint64_t taken = 0;

        (void)argument;
        memory_statistics(&start);
        for (int step = 0; step < 60000; step++) {
                unsigned i = fake_random() % BLOCKS;

                if (blocks[i].address != NULL) {
                        CHECK(stamped(blocks[i].address, blocks[i].order, (char)i));
                        page_free(blocks[i].address, blocks[i].order);
                        taken -= PLATFORM_PAGE_SIZE << blocks[i].order;
                        blocks[i].address = NULL;
                        continue;
                }

                unsigned order = fake_random() % 4 == 0 ? fake_random() % 9 : fake_random() % 3;

                blocks[i].address = page_alloc(order);
                blocks[i].order = order;
                if (blocks[i].address == NULL)
                        continue;
                uint64_t physical = (uint64_t)(blocks[i].address - platform_boot_info()->direct_map);

                CHECK(physical % (PLATFORM_PAGE_SIZE << order) == 0);
                stamp(blocks[i].address, order, (char)i);
                taken += PLATFORM_PAGE_SIZE << order;
                memory_statistics(&now);
                CHECK(now.free_bytes == start.free_bytes - taken);
                CHECK(now.largest_free_block <= now.free_bytes);
        }
        for (unsigned i = 0; i < BLOCKS; i++)
                if (blocks[i].address != NULL)
                        page_free(blocks[i].address, blocks[i].order);
        memory_statistics(&now);
        CHECK(now.free_bytes == start.free_bytes);
}

static void random_operations_keep_blocks_apart_and_aligned(void **state)
{
        (void)state;
        for (unsigned seed = 1; seed <= 4; seed++) {
                struct fake_machine machine = {
                        .memory = {{0x1000, 0x9e000}, {MIB, 7 * MIB}, {9 * MIB, MIB / 2}, {16 * MIB + 0x3000, 9 * MIB}},
                        .seed = seed,
                };
                assert_int_equal(fake_run_unthreaded(&machine, random_operations, NULL), 0);
        }
}

/* ---- All memory out and in again ---- */

static void drain_and_refill(void *argument)
{
        void *list = NULL;
        unsigned pages = 0;
        struct memory_statistics before, after;

        (void)argument;
        memory_statistics(&before);
        for (void *page; (page = page_alloc(0)) != NULL; pages++) {
                *(void **)page = list;
                list = page;
        }
        CHECK(pages == before.free_bytes / PLATFORM_PAGE_SIZE);
        memory_statistics(&after);
        CHECK(after.free_bytes == 0 && after.largest_free_block == 0);
        while (list != NULL) {
                void *page = list;

                list = *(void **)page;
                page_free(page, 0);
        }
        memory_statistics(&after);
        CHECK(after.free_bytes == before.free_bytes);
        CHECK(after.largest_free_block >= before.largest_free_block / 2);

        void *large = page_alloc(page_order(after.largest_free_block));

        CHECK(large != NULL);
        page_free(large, page_order(after.largest_free_block));
}

static void every_page_can_be_taken_and_coalesces_when_freed(void **state)
{
        struct fake_machine small = {.memory = {{0x1000, 0x7f000}, {0x110000, MIB}}};
        struct fake_machine odd = {.memory = {{0x5000, 4096 * 5}, {0x20000, 4096 * 3}, {3 * MIB + 0x7000, 5 * MIB}}};

        (void)state;
        assert_int_equal(fake_run_unthreaded(NULL, drain_and_refill, NULL), 0);
        assert_int_equal(fake_run_unthreaded(&small, drain_and_refill, NULL), 0);
        assert_int_equal(fake_run_unthreaded(&odd, drain_and_refill, NULL), 0);
}

static void a_two_mebibyte_guest(void *argument)
{
        struct memory_statistics statistics;

        (void)argument;
        memory_statistics(&statistics);
        CHECK(statistics.total_bytes == 0x180000);
        CHECK(statistics.free_bytes >= statistics.total_bytes - 3 * PLATFORM_PAGE_SIZE);
        CHECK(statistics.largest_free_block >= MIB / 2);
}

static void a_small_guest_loses_little_to_the_allocator(void **state)
{
        struct fake_machine machine = {.memory = {{0x80000, 0x180000}}};

        (void)state;
        assert_int_equal(fake_run_unthreaded(&machine, a_two_mebibyte_guest, NULL), 0);
}

/* ---- Memory is touched only when it is used ---- */

static void touch_little(void *argument)
{
        (void)argument;
        CHECK(fake_ram_touched() == 0);
        for (int i = 0; i < 100; i++)
                CHECK(page_alloc(0) != NULL);
        CHECK(page_alloc(18) != NULL);
        CHECK(fake_ram_touched() <= 16 * PLATFORM_PAGE_SIZE);
}

static void starting_touches_little_of_64_gibibytes(void **state)
{
        struct fake_machine machine = {.memory = {{128 * MIB, 3ul << 30}, {4ul << 30, 60ul << 30}}};

        (void)state;
        assert_int_equal(fake_run_unthreaded(&machine, touch_little, NULL), 0);
}

/* ---- Misuse ---- */

static void free_twice(void *argument)
{
        void *a = page_alloc(2);

        (void)argument;
        page_free(a, 2);
        page_free(a, 2);
}

static void free_twice_after_coalescing(void *argument)
{
        void *a = page_alloc(0), *b = page_alloc(0);

        (void)argument;
        page_free(a, 0);
        page_free(b, 0);
        page_free(b, 0);
}

static void free_with_another_size(void *argument)
{
        (void)argument;
        page_free(page_alloc(1), 0);
}

static void free_the_middle(void *argument)
{
        (void)argument;
        page_free((char *)page_alloc(3) + 4 * PLATFORM_PAGE_SIZE, 2);
}

static void free_what_was_never_handed_out(void *argument)
{
        (void)argument;
        page_alloc(0);
        page_free(platform_boot_info()->direct_map + 12 * MIB, 0);
}

static void free_an_address_that_is_not_a_page(void *argument)
{
        (void)argument;
        page_free((char *)page_alloc(0) + 16, 0);
}

static void misuse_ends_in_a_crash_report(void **state)
{
        (void)state;
        assert_int_equal(fake_run_unthreaded(NULL, free_twice, NULL), FAKE_CRASHED);
        assert_int_equal(fake_run_unthreaded(NULL, free_twice_after_coalescing, NULL), FAKE_CRASHED);
        assert_int_equal(fake_run_unthreaded(NULL, free_with_another_size, NULL), FAKE_CRASHED);
        assert_int_equal(fake_run_unthreaded(NULL, free_the_middle, NULL), FAKE_CRASHED);
        assert_int_equal(fake_run_unthreaded(NULL, free_what_was_never_handed_out, NULL), FAKE_CRASHED);
        assert_int_equal(fake_run_unthreaded(NULL, free_an_address_that_is_not_a_page, NULL), FAKE_CRASHED);
}

static void orders_beyond_all_memory_are_refused(void *argument)
{
        (void)argument;
        CHECK(page_alloc(12) == NULL);
        CHECK(page_alloc(21) == NULL);
        CHECK(page_alloc(63) == NULL);
        CHECK(page_alloc(0) != NULL);
}

static void too_large_an_order_gives_nothing(void **state)
{
        (void)state;
        assert_int_equal(fake_run_unthreaded(NULL, orders_beyond_all_memory_are_refused, NULL), 0);
}

static void page_order_is_the_smallest_that_holds_the_bytes(void **state)
{
        (void)state;
        assert_int_equal(page_order(0), 0);
        assert_int_equal(page_order(1), 0);
        assert_int_equal(page_order(4096), 0);
        assert_int_equal(page_order(4097), 1);
        assert_int_equal(page_order(3 * 4096), 2);
        assert_int_equal(page_order(1ul << 30), 18);
        assert_int_equal(page_order((1ul << 30) + 1), 19);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(random_operations_keep_blocks_apart_and_aligned),
                cmocka_unit_test(every_page_can_be_taken_and_coalesces_when_freed),
                cmocka_unit_test(a_small_guest_loses_little_to_the_allocator),
                cmocka_unit_test(starting_touches_little_of_64_gibibytes),
                cmocka_unit_test(misuse_ends_in_a_crash_report),
                cmocka_unit_test(too_large_an_order_gives_nothing),
                cmocka_unit_test(page_order_is_the_smallest_that_holds_the_bytes),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
