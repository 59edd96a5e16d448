/* Regions, address space and the heap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include <coracle/memory.h>

#include "fake/platform.h"

#define MIB  (1ul << 20)
#define PAGE PLATFORM_PAGE_SIZE

void *sbrk(ptrdiff_t increment); /* ours, by another name: see regions.mk */

static uint64_t free_bytes(void)
{
        struct memory_statistics statistics;

        memory_statistics(&statistics);
        return statistics.free_bytes;
}

static bool filled(const char *memory, char value, size_t bytes)
{
        for (size_t i = 0; i < bytes; i++)
                if (memory[i] != value)
                        return false;
        return true;
}

/* ---- Against a model ---- */

struct piece {
        char *address;
        size_t bytes, guard;
};

static void random_regions(void *argument)
{
        enum { PIECES = 80 };
        static struct piece pieces[PIECES];
        uint64_t before;

        (void)argument;
        region_free(region_alloc(PAGE, 0), PAGE, 0); /* the first page of nodes stays */
        before = free_bytes();
        for (int step = 0; step < 4000; step++) {
                struct piece *piece = &pieces[fake_random() % PIECES];
                char value = (char)(piece - pieces);

                if (piece->address != NULL) {
                        CHECK(filled(piece->address, value, piece->bytes));
                        region_free(piece->address, piece->bytes, piece->guard);
                        piece->address = NULL;
                        continue;
                }
                piece->bytes =
                        fake_random() % 20 == 0 ? fake_random() % (5 * MIB) + 1 : fake_random() % (16 * PAGE) + 1;
                piece->guard = fake_random() % 3 * PAGE;
                piece->address = region_alloc(piece->bytes, piece->guard);
                if (piece->address == NULL)
                        continue;
                CHECK((uintptr_t)piece->address % PAGE == 0);
                CHECK(filled(piece->address, 0, piece->bytes));
                memset(piece->address, value, piece->bytes);
        }
        for (int i = 0; i < PIECES; i++)
                if (pieces[i].address != NULL)
                        region_free(pieces[i].address, pieces[i].bytes, pieces[i].guard);
        CHECK(free_bytes() + 8 * PAGE >= before); /* nodes keep a few pages */
}

static void random_regions_are_zero_apart_and_given_back(void **state)
{
        (void)state;
        for (unsigned seed = 1; seed <= 3; seed++) {
                struct fake_machine machine = {.seed = seed, .fail_map_one_in = seed == 3 ? 20 : 0};

                assert_int_equal(fake_run_unthreaded(&machine, random_regions, NULL), 0);
        }
}

static void random_parts(void *argument)
{
        enum { PAGES = 1500 };
        static bool gone[PAGES];
        uint64_t before;

        (void)argument;
        region_free(region_alloc(PAGE, 0), PAGE, 0);
        before = free_bytes();

        char *region = region_alloc(PAGES * PAGE, 0);
        unsigned left = PAGES;

        CHECK(region != NULL);
        for (unsigned i = 0; i < PAGES; i++)
                region[i * PAGE] = (char)i;
        while (left > 0) {
                unsigned from = fake_random() % PAGES, count = fake_random() % 40 + 1;

                if (from + count > PAGES)
                        count = PAGES - from;
                CHECK(region_free_part(region + from * PAGE, count * PAGE) == 0);
                for (unsigned i = from; i < from + count; i++) {
                        left -= !gone[i];
                        gone[i] = true;
                }
                for (unsigned i = 0; i < PAGES; i++)
                        CHECK(gone[i] || region[i * PAGE] == (char)i);
                CHECK(free_bytes() + (left + 8) * PAGE >= before);
        }
}

static void any_part_of_a_region_can_be_given_back(void **state)
{
        (void)state;
        for (unsigned seed = 1; seed <= 3; seed++) {
                struct fake_machine machine = {.seed = seed};

                assert_int_equal(fake_run_unthreaded(&machine, random_parts, NULL), 0);
        }
}

/* ---- Single behaviours ---- */

static void touch_guard(void *argument)
{
        char *stack = region_alloc(4 * PAGE, PAGE);

        stack[-1 - (ptrdiff_t)(size_t)argument] = 1;
}

static void the_guard_is_not_mapped(void **state)
{
        (void)state;
        assert_int_not_equal(fake_run_unthreaded(NULL, touch_guard, NULL), 0);
        assert_int_not_equal(fake_run_unthreaded(NULL, touch_guard, (void *)(PAGE - 1)), 0);
}

static void exhaust(void *argument)
{
        char *regions[64];
        unsigned count = 0;
        uint64_t before;

        (void)argument;
        region_free(region_alloc(PAGE, 0), PAGE, 0);
        before = free_bytes();
        CHECK(region_alloc(100 * MIB, PAGE) == NULL);
        CHECK(region_alloc(SIZE_MAX, 0) == NULL);
        CHECK(region_alloc(0, 0) == NULL);
        CHECK(free_bytes() == before);
        while (count < 64 && (regions[count] = region_alloc(MIB, PAGE)) != NULL)
                count++;
        CHECK(count >= 14 && count < 17);
        while (count > 0)
                region_free(regions[--count], MIB, PAGE);
        CHECK(free_bytes() + 2 * PAGE >= before);
        CHECK(region_alloc(12 * MIB, 0) != NULL);
}

static void running_out_leaves_everything_usable(void **state)
{
        (void)state;
        assert_int_equal(fake_run_unthreaded(NULL, exhaust, NULL), 0);
}

static void large_region(void *argument)
{
        char *region = region_alloc_uncleared(1ul << 30, 0);

        (void)argument;
        CHECK(region != NULL && (uintptr_t)region % (2 * MIB) == 0);
        CHECK(fake_maps <= 80);
        CHECK(fake_ram_touched() < MIB);
        region_free(region, 1ul << 30, 0);
}

static void a_gibibyte_takes_few_mappings_and_is_not_touched(void **state)
{
        struct fake_machine machine = {.memory = {{MIB, 2047 * MIB}}};

        (void)state;
        assert_int_equal(fake_run_unthreaded(&machine, large_region, NULL), 0);
}

/* *argument: the size of the first region. */
static void first_region(void *argument)
{
        size_t bytes = *(size_t *)argument;
        uint64_t total = memory_total_bytes(), touched = fake_ram_touched();
        char *first = region_alloc_first(bytes, 2 * MIB);
        uint64_t pages = 0;

        CHECK(first == platform_boot_info()->map_area + 2 * MIB);
        CHECK(fake_ram_touched() == touched);
        memset(first, 1, bytes);
        CHECK(memory_total_bytes() == total && free_bytes() + bytes <= total);
        for (char *page; (page = page_alloc(0)) != NULL; pages++)
                memset(page, 2, PAGE);
        CHECK(filled(first, 1, bytes));
        CHECK(pages * PAGE + bytes + 16 * PAGE + total / 256 >= total); /* what is above it is used too */

        char *space = address_space_alloc(PAGE, PAGE);

        CHECK(space != NULL && space >= first + bytes);
}

static void no_first_region(void *argument)
{
        (void)argument;
        CHECK(region_alloc_first(memory_total_bytes() + PAGE, PAGE) == NULL);
}

static void the_first_region_is_set_apart_and_wastes_nothing(void **state)
{
        static const struct fake_machine machines[] = {
                {.memory = {{MIB, 64 * MIB}}},                              /* the block ends below the end of RAM */
                {.memory = {{MIB, 63 * MIB}}},                              /* ... at it */
                {.memory = {{MIB, 15 * PAGE}, {2 * MIB, 16 * MIB - PAGE}}}, /* ... just below it */
        };
        size_t sizes[] = {64 << 10, MIB, 2 * MIB, 8 * MIB};

        (void)state;
        for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
                assert_int_equal(fake_run_unthreaded(&machines[i], no_first_region, NULL), 0);
                for (size_t j = 0; j < sizeof sizes / sizeof sizes[0]; j++)
                        assert_int_equal(fake_run_unthreaded(&machines[i], first_region, &sizes[j]), 0);
        }
}

static void free_region_twice(void *argument)
{
        char *region = region_alloc(PAGE, 0);

        (void)argument;
        region_free(region, PAGE, 0);
        region_free(region, PAGE, 0);
}

static void free_space_with_another_size(void *argument)
{
        (void)argument;
        address_space_free(address_space_alloc(3 * PAGE, PAGE), PAGE);
}

static void misuse_ends_in_a_crash_report(void **state)
{
        (void)state;
        assert_int_equal(fake_run_unthreaded(NULL, free_region_twice, NULL), FAKE_CRASHED);
        assert_int_equal(fake_run_unthreaded(NULL, free_space_with_another_size, NULL), FAKE_CRASHED);
}

static void space(void *argument)
{
        char *spaces[400];
        size_t area = platform_boot_info()->map_area_bytes;

        (void)argument;
        CHECK(address_space_alloc(area + PAGE, PAGE) == NULL);
        CHECK(address_space_alloc(SIZE_MAX, PAGE) == NULL);
        for (unsigned i = 0; i < 400; i++) {
                size_t alignment = PAGE << fake_random() % 12;

                spaces[i] = address_space_alloc(PAGE * (i + 1), alignment);
                CHECK(spaces[i] != NULL && (uintptr_t)spaces[i] % alignment == 0);
                for (unsigned j = 0; j < i; j++)
                        CHECK(spaces[i] + PAGE * (i + 1) <= spaces[j] || spaces[j] + PAGE * (j + 1) <= spaces[i]);
        }
        for (unsigned i = 0; i < 400; i++)
                address_space_free(spaces[i * 7 % 400], PAGE * (i * 7 % 400 + 1));
        CHECK(address_space_alloc(area, PAGE) != NULL); /* all joined again */
        CHECK(address_space_alloc(PAGE, PAGE) == NULL);
}

static void address_space_is_aligned_disjoint_and_joined_when_freed(void **state)
{
        (void)state;
        assert_int_equal(fake_run_unthreaded(NULL, space, NULL), 0);
}

/* ---- The heap (threads: it has a mutex) ---- */

static void heap_grows_and_shrinks(void *argument)
{
        char *start = sbrk(0);
        uint64_t before = free_bytes();

        (void)argument;
        CHECK(sbrk(100) == start);
        CHECK(sbrk(0) == start + 100);
        memset(start, 1, 100);
        CHECK(sbrk(5 * MIB) == start + 100);
        memset(start + 100, 2, 5 * MIB);
        CHECK(start[0] == 1 && start[99] == 1);
        CHECK(sbrk(-(ptrdiff_t)(5 * MIB)) == start + 5 * MIB + 100);
        CHECK(start[99] == 1);
        CHECK(free_bytes() + MIB >= before);
        CHECK(sbrk(-200) == (void *)-1 && errno == EINVAL);
        CHECK(sbrk(-100) == start + 100);
        CHECK(free_bytes() == before);
}

static void heap_exhausted(void *argument)
{
        char *start = sbrk(0);
        size_t got = 0;

        (void)argument;
        CHECK(sbrk(PTRDIFF_MAX) == (void *)-1 && errno == ENOMEM);
        while (sbrk(65536) != (void *)-1)
                got += 65536;
        CHECK(errno == ENOMEM);
        CHECK(got >= 13 * MIB);
        CHECK(sbrk(0) == start + got);
        memset(start, 3, got);
        CHECK(page_alloc(3) != NULL); /* some is left for the rest of the system */
        CHECK(sbrk(-(ptrdiff_t)got) == start + got);
        CHECK(sbrk((ptrdiff_t)got - 65536) == start);
}

static void heap_in_steps(void *argument)
{
        (void)argument;
        CHECK(sbrk(0) != (void *)-1);

        unsigned long maps = fake_maps;

        for (int i = 0; i < 2048; i++)
                CHECK(sbrk(4096) != (void *)-1);
        CHECK(fake_maps - maps < 100);
}

static void heap_of_a_gibibyte(void *argument)
{
        uint64_t before;

        CHECK(sbrk((ptrdiff_t)(size_t)argument) != (void *)-1);
        before = free_bytes();
        CHECK(sbrk(1 << 30) != (void *)-1);
        CHECK(free_bytes() + (1 << 30) <= before + (1 << 20));
        CHECK(sbrk(-(1 << 30)) != (void *)-1);
        CHECK(free_bytes() + (2 << 20) >= before);
}

static void the_heap_grows_shrinks_and_runs_out_cleanly(void **state)
{
        (void)state;
        assert_int_equal(fake_run(NULL, heap_grows_and_shrinks, NULL), 0);
        assert_int_equal(fake_run(NULL, heap_exhausted, NULL), 0);
        assert_int_equal(fake_run(NULL, heap_in_steps, NULL), 0);

        struct fake_machine large = {.memory = {{MIB, 2047 * MIB}}};

        assert_int_equal(fake_run(&large, heap_of_a_gibibyte, NULL), 0);
        assert_int_equal(fake_run(&large, heap_of_a_gibibyte, (void *)4096), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(random_regions_are_zero_apart_and_given_back),
                cmocka_unit_test(any_part_of_a_region_can_be_given_back),
                cmocka_unit_test(the_guard_is_not_mapped),
                cmocka_unit_test(running_out_leaves_everything_usable),
                cmocka_unit_test(a_gibibyte_takes_few_mappings_and_is_not_touched),
                cmocka_unit_test(the_first_region_is_set_apart_and_wastes_nothing),
                cmocka_unit_test(misuse_ends_in_a_crash_report),
                cmocka_unit_test(address_space_is_aligned_disjoint_and_joined_when_freed),
                cmocka_unit_test(the_heap_grows_shrinks_and_runs_out_cleanly),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
