/*
 * The addresses that devices are given for memory of regions and of the heap: what is at them must be what the program
 * sees, found out by writing through the one and reading through the other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <coracle/memory.h>

#include "fake/platform.h"

#define MIB  (1ul << 20)
#define PAGE PLATFORM_PAGE_SIZE

void *sbrk(ptrdiff_t increment); /* ours, by another name: see device_address.mk */

/* Checks every stretch of the memory that is said to be contiguous; returns how many there are. */
static unsigned check_all(char *memory, size_t bytes)
{
        unsigned stretches = 0;
        size_t contiguous;

        for (size_t at = 0; at < bytes; at += contiguous, stretches++) {
                uint64_t address = memory_device_address(memory + at, &contiguous);

                CHECK(address != PLATFORM_NO_DMA && contiguous != 0);
                if (contiguous > bytes - at)
                        contiguous = bytes - at;
                for (size_t i = 0; i < contiguous; i += i + 512 < contiguous ? 512 : 1) {
                        volatile char *seen = platform_boot_info()->direct_map + address + i;

                        memory[at + i] = (char)(at + i);
                        CHECK(*seen == (char)(at + i));
                        memory[at + i] = (char)~(at + i);
                        CHECK(*seen == (char)~(at + i));
                }
        }
        return stretches;
}

static void regions(void *argument)
{
        char *pieces[40];

        (void)argument;
        for (unsigned round = 0; round < 3; round++) {
                for (unsigned i = 0; i < 40; i++) {
                        pieces[i] = region_alloc((i % 9 + 1) * PAGE, i % 2 * PAGE);
                        CHECK(pieces[i] != NULL);
                }
                for (unsigned i = 0; i < 40; i += 2) /* holes: the next ones are made of small blocks */
                        region_free(pieces[i], (i % 9 + 1) * PAGE, 0);
                char *large = region_alloc(3 * MIB, 0);
                CHECK(large != NULL && check_all(large + 5, 3 * MIB - 5) >= 1);
                region_free(large, 3 * MIB, 0);
                for (unsigned i = 1; i < 40; i += 2) {
                        check_all(pieces[i], (i % 9 + 1) * PAGE);
                        region_free(pieces[i], (i % 9 + 1) * PAGE, PAGE);
                }
        }
}

static void addresses_in_regions_are_those_of_their_pages(void **state)
{
        (void)state;
        for (unsigned seed = 1; seed < 4; seed++)
                assert_int_equal(fake_run(&(struct fake_machine){.seed = seed}, regions, NULL), 0);
}

static void heap(void *argument)
{
        (void)argument;
        char *start = sbrk(0);
        for (unsigned i = 0; i < 100; i++) {
                CHECK(sbrk(i % 7 * 5000) != (void *)-1);
                if (i % 10 == 0)
                        CHECK(page_alloc(0) != NULL); /* so that the heap's blocks do not lie in a row */
        }
        size_t bytes = (size_t)((char *)sbrk(0) - start);
        check_all(start, bytes);
        /* Given back, used by another, and grown again: nothing that was remembered may be wrong. */
        CHECK(sbrk(-(ptrdiff_t)(bytes - 100)) != (void *)-1);
        CHECK(region_alloc(MIB, 0) != NULL);
        CHECK(sbrk(3 * MIB) != (void *)-1);
        check_all(start, 3 * MIB);
}

static void addresses_in_the_heap_are_those_of_its_pages(void **state)
{
        (void)state;
        assert_int_equal(fake_run(NULL, heap, NULL), 0);
}

static void a_large_block_is_one_stretch(void *argument)
{
        size_t contiguous = 0;
        char *region = region_alloc_uncleared(64 * MIB, 0);

        (void)argument;
        CHECK(region != NULL && memory_device_address(region, &contiguous) != PLATFORM_NO_DMA);
        CHECK(contiguous >= 2 * MIB);
}

static void large_regions_are_made_of_large_stretches(void **state)
{
        (void)state;
        assert_int_equal(fake_run(&(struct fake_machine){.memory = {{2ul << 20, 256 * MIB}}},
                                  a_large_block_is_one_stretch, NULL),
                         0);
}

static void elsewhere(void *argument)
{
        size_t contiguous;
        char *region = region_alloc(PAGE, PAGE);
        char *space = address_space_alloc(PAGE, PAGE);
        int local;

        (void)argument;
        CHECK(memory_device_address(region, &contiguous) != PLATFORM_NO_DMA && contiguous == PAGE);
        CHECK(memory_device_address(region + 100, &contiguous) != PLATFORM_NO_DMA && contiguous == PAGE - 100);
        CHECK(memory_device_address(region - 1, &contiguous) == PLATFORM_NO_DMA);
        CHECK(memory_device_address(space, &contiguous) == PLATFORM_NO_DMA);
        CHECK(memory_device_address(NULL, &contiguous) == PLATFORM_NO_DMA);
        CHECK(memory_device_address((void *)UINTPTR_MAX, &contiguous) == PLATFORM_NO_DMA);
        CHECK(memory_device_address((char *)sbrk(0) + MIB, &contiguous) == PLATFORM_NO_DMA);
        CHECK(memory_device_address(&local, &contiguous) != PLATFORM_NO_DMA); /* a stack is a region */
        region_free(region, PAGE, PAGE);
        CHECK(memory_device_address(region, &contiguous) == PLATFORM_NO_DMA);
        void *pages = page_alloc(2);
        CHECK(memory_device_address(pages, &contiguous) == platform_dma_address(pages) && contiguous >= 4 * PAGE);
}

static void guards_freed_memory_and_bare_addresses_have_none(void **state)
{
        (void)state;
        assert_int_equal(fake_run(NULL, elsewhere, NULL), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(addresses_in_regions_are_those_of_their_pages),
                cmocka_unit_test(addresses_in_the_heap_are_those_of_its_pages),
                cmocka_unit_test(large_regions_are_made_of_large_stretches),
                cmocka_unit_test(guards_freed_memory_and_bare_addresses_have_none),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
