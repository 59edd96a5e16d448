/* The nucleus's reading of what a hypervisor tells at boot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <platform/x86_64/memory/memory_list.h>
#include <platform/x86_64/nucleus/nucleus.h>

#define MEMORY_BYTES 0x20000u
#define START        0x1000u
#define MAP          0x2000u
#define MODULES      0x8000u
#define COMMAND_LINE 0x10000u
#define PAGE         4096ull
#define MIB          (1ull << 20)
#define GIB          (1ull << 30)
#define IMAGE        (1 * MIB)
#define IMAGE_END    (IMAGE + 40 * PAGE)
#define HIGHEST      (256 * GIB)

enum { RAM = 1, RESERVED = 2, ACPI = 3, NVS = 4, UNUSABLE = 5 };

static uint8_t memory[MEMORY_BYTES];
static struct gate_boot_info info;
static struct platform_range list[GATE_RANGES_MAX];
static unsigned listed;

/* What Xen's hypercall answers: e820 entries. */
static struct __attribute__((packed)) {
        uint64_t start, bytes;
        uint32_t type;
} xen_map[200];
static uint32_t xen_entries;

uint32_t xen_memory_map(void *entries, uint32_t room)
{
        const uint32_t count = xen_entries < room ? xen_entries : room;
        memcpy(entries, xen_map, count * sizeof(xen_map[0]));
        return count;
}

/* The machine's: outside `memory` reads give all ones, as from an empty bus. */
void physical_read(uint64_t *to, uint64_t physical, size_t words)
{
        for (uint8_t *out = (uint8_t *)to; words * 8 > (size_t)(out - (uint8_t *)to); out++, physical++)
                *out = physical < MEMORY_BYTES ? memory[physical] : 0xff;
}

static void put(uint64_t at, const void *data, size_t bytes)
{
        memcpy(memory + at, data, bytes);
}

static void put32(uint64_t at, uint32_t value)
{
        put(at, &value, sizeof(value));
}

static void put64(uint64_t at, uint64_t value)
{
        put(at, &value, sizeof(value));
}

static void entry(unsigned index, uint64_t start, uint64_t bytes, uint32_t type)
{
        put64(MAP + 24 * index, start);
        put64(MAP + 24 * index + 8, bytes);
        put32(MAP + 24 * index + 16, type);
        put32(START + 48, index + 1);
}

static int set_up(void **state)
{
        (void)state;
        memset(memory, 0, sizeof(memory));
        memset(&info, 0, sizeof(info));
        xen_entries = 0;
        put32(START, 0x336ec578);
        put32(START + 4, 1);
        put64(START + 16, MODULES);
        put64(START + 24, COMMAND_LINE);
        put64(START + 32, 0xf5a20);
        put64(START + 40, MAP);
        put(COMMAND_LINE, "a b c", 6);
        return 0;
}

/* What holds of any list: sorted, disjoint, page-aligned, in bounds, and the nucleus would map each range. */
static void make_list(void)
{
        uint64_t end = 0;
        listed = memory_list(&info, list, GATE_RANGES_MAX);
        for (unsigned i = 0; i < listed; i++) {
                assert_true(list[i].physical >= end);
                assert_int_equal((list[i].physical | list[i].bytes) % PAGE, 0);
                assert_true(list[i].bytes != 0);
                assert_true(boot_info_is_free(&info, list[i].physical, list[i].bytes));
                end = list[i].physical + list[i].bytes;
                assert_true(end <= HIGHEST);
        }
}

/* Whatever was read, the image is taken. */
static void read_it(void)
{
        boot_info_read(&info, START, IMAGE, IMAGE_END);
        assert_in_range(info.range_count, 2, GATE_RANGES_MAX);
        assert_int_equal(boot_info_range(&info, IMAGE).type, GATE_MEMORY_TAKEN);
        assert_int_equal(boot_info_range(&info, IMAGE_END - 1).type, GATE_MEMORY_TAKEN);
        make_list();
}

/* Range `index` of the list of free memory. */
static void assert_free(unsigned index, uint64_t start, uint64_t end)
{
        assert_true(index < listed);
        assert_int_equal(list[index].physical, start);
        assert_int_equal(list[index].physical + list[index].bytes, end);
}

/* All of it, and no more, is decided by one claim of that type. */
static void assert_range(uint64_t start, uint64_t end, uint32_t type)
{
        const struct gate_range range = boot_info_range(&info, start);
        assert_int_equal(range.start, start);
        assert_int_equal(range.end, end);
        assert_int_equal(range.type, type);
}

static void a_plain_map_loses_the_image_only(void **state)
{
        (void)state;
        entry(0, 0, 0x9fc00, RAM);
        entry(1, 0x9fc00, 0x400, RESERVED);
        entry(2, 0xf0000, 0x10000, RESERVED);
        entry(3, MIB, 63 * MIB, RAM);
        read_it();
        assert_int_equal(listed, 2);
        assert_free(0, 0, 0x9f000);
        assert_free(1, IMAGE_END, 64 * MIB);
        assert_range(0x9f000, 0xa0000, GATE_MEMORY_RESERVED);
        assert_range(0xa0000, 0xf0000, 0);
        assert_range(IMAGE, IMAGE_END, GATE_MEMORY_TAKEN);
        assert_range(64 * MIB, UINT64_MAX, 0);
        assert_int_equal(info.ranges_dropped, 0);
        assert_int_equal(info.rsdp, 0xf5a20);
        assert_string_equal(info.command_line, "a b c");
}

static void memory_above_4_gib_is_found(void **state)
{
        (void)state;
        entry(0, 0, 3 * GIB, RAM);
        entry(1, 0xfffc0000, 0x40000, RESERVED);
        entry(2, 4 * GIB, 61 * GIB, RAM);
        read_it();
        assert_free(listed - 1, 4 * GIB, 65 * GIB);
}

static void an_unsorted_map_is_sorted(void **state)
{
        (void)state;
        entry(0, 8 * MIB, MIB, RAM);
        entry(1, 4 * MIB, MIB, ACPI);
        entry(2, 2 * MIB, MIB, RAM);
        entry(3, 6 * MIB, MIB, NVS);
        read_it();
        assert_int_equal(listed, 2);
        assert_free(0, 2 * MIB, 3 * MIB);
        assert_free(1, 8 * MIB, 9 * MIB);
        assert_range(4 * MIB, 5 * MIB, GATE_MEMORY_ACPI);
        assert_range(6 * MIB, 7 * MIB, GATE_MEMORY_RESERVED);
}

static void a_reservation_wins_over_overlapping_memory(void **state)
{
        (void)state;
        entry(0, 0, 16 * MIB, RAM);
        entry(1, 8 * MIB - 1, 2, RESERVED);
        entry(2, 0, 4 * MIB, RAM);
        entry(3, 12 * MIB, 8 * MIB, UNUSABLE);
        read_it();
        assert_int_equal(info.ranges_dropped, 0);
        assert_int_equal(boot_info_range(&info, 8 * MIB - 1).type, GATE_MEMORY_RESERVED);
        assert_int_equal(boot_info_range(&info, 8 * MIB).type, GATE_MEMORY_RESERVED);
        assert_int_equal(listed, 3);
        assert_free(0, 0, IMAGE);
        assert_free(1, IMAGE_END, 8 * MIB - PAGE);
        assert_free(2, 8 * MIB + PAGE, 12 * MIB);
        assert_range(12 * MIB, 20 * MIB, GATE_MEMORY_RESERVED);
}

/* Each stretch of the list is one that the gate maps whole: of two claims, it maps no page of both at once. */
static void overlapping_memory_is_listed_once(void **state)
{
        (void)state;
        entry(0, 2 * MIB, 4 * MIB, RAM);
        entry(1, 4 * MIB, 4 * MIB, RAM);
        entry(2, 3 * MIB, MIB, RAM);
        read_it();
        assert_int_equal(listed, 2);
        assert_free(0, 2 * MIB, 6 * MIB);
        assert_free(1, 6 * MIB, 8 * MIB);
        assert_false(boot_info_is_free(&info, 5 * MIB, 2 * MIB));
}

static void a_list_without_room_is_cut(void **state)
{
        (void)state;
        for (unsigned i = 0; i < 5; i++)
                entry(i, (2 * i + 2) * MIB, MIB, RAM);
        read_it();
        assert_int_equal(listed, 5);
        assert_int_equal(memory_list(&info, list, 3), 3);
}

static void an_empty_entry_is_harmless(void **state)
{
        (void)state;
        entry(0, 2 * MIB, 0, RAM);
        entry(1, 5, 100, RAM);
        read_it();
        assert_int_equal(listed, 0);
        assert_int_equal(info.ranges_dropped, 0);
}

static void an_entry_that_wraps_is_dropped(void **state)
{
        (void)state;
        entry(0, UINT64_MAX - PAGE, 2 * PAGE, RAM);
        entry(1, 2 * MIB, UINT64_MAX, RESERVED);
        read_it();
        assert_int_equal(listed, 0);
        assert_int_equal(info.ranges_dropped, 2);
}

static void memory_beyond_the_direct_map_is_dropped(void **state)
{
        (void)state;
        entry(0, 2 * MIB, 300 * GIB, RAM);
        entry(1, 400 * GIB, GIB, RAM);
        entry(2, 500 * GIB, GIB, RESERVED);
        read_it();
        assert_free(0, 2 * MIB, HIGHEST);
        assert_int_equal(info.ranges_dropped, 2);
}

static void too_many_entries_are_dropped_and_counted(void **state)
{
        (void)state;
        for (unsigned i = 0; i < 500; i++)
                entry(i, (2 * i + 2) * MIB, MIB, RAM);
        read_it();
        assert_int_equal(info.range_count, GATE_RANGES_MAX);
        assert_int_equal(info.ranges_dropped, 500 - (GATE_RANGES_MAX - 2));
}

static void a_huge_count_ends(void **state)
{
        (void)state;
        entry(0, 2 * MIB, MIB, RAM);
        put32(START + 48, UINT32_MAX);
        read_it();
        assert_true(info.ranges_dropped > 1000000);
        put64(START + 40, UINT64_MAX - 100);
        memset(&info, 0, sizeof(info));
        read_it();
}

static void without_the_magic_nothing_is_believed(void **state)
{
        (void)state;
        entry(0, 2 * MIB, MIB, RAM);
        put32(START, 0x2badb002);
        read_it();
        assert_int_equal(listed, 0);
        assert_int_equal(info.rsdp, 0);
        assert_string_equal(info.command_line, "");
}

static void version_0_has_no_map(void **state)
{
        (void)state;
        entry(0, 2 * MIB, MIB, RAM);
        put32(START + 4, 0);
        read_it();
        assert_int_equal(listed, 0);
        assert_string_equal(info.command_line, "a b c");
}

static void put_xen_entry(uint64_t start, uint64_t bytes, uint32_t type)
{
        xen_map[xen_entries].start = start;
        xen_map[xen_entries].bytes = bytes;
        xen_map[xen_entries++].type = type;
}

static void without_a_map_xen_is_asked(void **state)
{
        (void)state;
        entry(0, 100 * MIB, MIB, RAM);
        put32(START + 4, 0);
        put_xen_entry(MIB, 15 * MIB, RAM);
        put_xen_entry(0xfeff8000, 0x8000, RESERVED);
        put_xen_entry(32 * MIB, MIB, RAM);
        put_xen_entry(UINT64_MAX - PAGE, 2 * PAGE, RAM);
        read_it();
        assert_int_equal(listed, 2);
        assert_free(0, IMAGE_END, 16 * MIB);
        assert_free(1, 32 * MIB, 33 * MIB);
        assert_range(0xfeff8000, 0xff000000, GATE_MEMORY_RESERVED);
        assert_int_equal(info.ranges_dropped, 1);
}

static void an_empty_map_makes_xen_be_asked(void **state)
{
        (void)state;
        put_xen_entry(2 * MIB, MIB, RAM);
        read_it();
        assert_int_equal(listed, 1);
}

static void a_map_is_believed_before_xen(void **state)
{
        (void)state;
        entry(0, 2 * MIB, MIB, RAM);
        put_xen_entry(4 * MIB, MIB, RAM);
        read_it();
        assert_int_equal(listed, 1);
        assert_free(0, 2 * MIB, 3 * MIB);
}

static void xen_s_longest_map_is_read_to_its_end(void **state)
{
        (void)state;
        put32(START + 4, 0);
        for (unsigned i = 0; i < 127; i++)
                put_xen_entry(16 * MIB, MIB, RAM);
        put_xen_entry(18 * MIB, MIB, RESERVED);
        put_xen_entry(20 * MIB, MIB, RESERVED);
        read_it();
        assert_range(18 * MIB, 19 * MIB, GATE_MEMORY_RESERVED);
        assert_int_equal(boot_info_range(&info, 20 * MIB).type, 0);
}

static void a_long_command_line_is_cut_and_marked(void **state)
{
        (void)state;
        memset(memory + COMMAND_LINE, 'x', GATE_COMMAND_LINE_MAX + 10);
        read_it();
        assert_int_equal(strlen(info.command_line), GATE_COMMAND_LINE_MAX - 1);
        assert_int_equal(info.command_line_cut, 1);
}

static void the_longest_command_line_fits(void **state)
{
        (void)state;
        memset(memory + COMMAND_LINE, 'x', GATE_COMMAND_LINE_MAX - 1);
        read_it();
        assert_int_equal(strlen(info.command_line), GATE_COMMAND_LINE_MAX - 1);
        assert_int_equal(info.command_line_cut, 0);
}

static void no_command_line_is_an_empty_one(void **state)
{
        (void)state;
        put64(START + 24, 0);
        read_it();
        assert_string_equal(info.command_line, "");
}

static void modules_are_not_free_memory(void **state)
{
        (void)state;
        entry(0, 0, 64 * MIB, RAM);
        put32(START + 12, 2);
        put64(MODULES, 32 * MIB + 100);
        put64(MODULES + 8, PAGE);
        put64(MODULES + 32, UINT64_MAX - 5);
        put64(MODULES + 40, 100);
        read_it();
        assert_int_equal(info.module_count, 1);
        assert_int_equal(info.modules[0].physical, 32 * MIB + 100);
        assert_int_equal(boot_info_range(&info, 32 * MIB).type, GATE_MEMORY_MODULE);
        assert_int_equal(boot_info_range(&info, 32 * MIB + PAGE).type, GATE_MEMORY_MODULE);
        assert_int_equal(boot_info_range(&info, 32 * MIB + 2 * PAGE).type, GATE_MEMORY_FREE);
}

static void a_module_over_the_image_does_not_free_it(void **state)
{
        (void)state;
        entry(0, 0, 64 * MIB, RAM);
        put32(START + 12, UINT32_MAX);
        put64(MODULES, IMAGE - PAGE);
        put64(MODULES + 8, 100 * MIB);
        read_it();
        assert_true(info.module_count <= GATE_MODULES_MAX);
}

static void page_tables_come_from_the_end_of_the_largest_range(void **state)
{
        (void)state;
        uint64_t bytes = 16 * PAGE;
        entry(0, 2 * MIB, 30 * MIB, RAM);
        entry(1, 64 * MIB, MIB, RAM);
        read_it();
        uint64_t taken = boot_info_take(&info, &bytes);
        assert_int_equal(taken, 32 * MIB - 16 * PAGE);
        assert_int_equal(boot_info_range(&info, taken).type, GATE_MEMORY_TAKEN);
        assert_true(boot_info_is_free(&info, 2 * MIB, taken - 2 * MIB));
        assert_false(boot_info_is_free(&info, 2 * MIB, taken - 2 * MIB + PAGE));
        make_list();
        assert_free(0, 2 * MIB, taken);
        bytes = 100 * MIB;
        taken = boot_info_take(&info, &bytes);
        assert_true(bytes <= 15 * MIB);
}

static void page_tables_are_beside_a_module_at_the_end(void **state)
{
        (void)state;
        uint64_t bytes = 16 * PAGE;
        entry(0, 0, 64 * MIB, RAM);
        put32(START + 12, 2);
        put64(MODULES, 62 * MIB);
        put64(MODULES + 8, 2 * MIB);
        put64(MODULES + 32, 40 * MIB);
        put64(MODULES + 40, PAGE);
        read_it();
        assert_int_equal(boot_info_take(&info, &bytes), 40 * MIB - 16 * PAGE);
}

static void without_memory_there_are_no_page_tables(void **state)
{
        (void)state;
        uint64_t bytes = PAGE;
        read_it();
        assert_int_equal(boot_info_take(&info, &bytes), 0);
        assert_int_equal(bytes, 0);
}

/* Or ring 3 could map them as a device. */
static void page_tables_are_taken_even_when_the_table_is_full(void **state)
{
        (void)state;
        uint64_t bytes = PAGE;
        for (unsigned i = 0; i < 100; i++)
                entry(i, (2 * i + 2) * MIB, MIB, RAM);
        read_it();
        uint64_t taken = boot_info_take(&info, &bytes);
        assert_true(taken != 0);
        assert_false(boot_info_is_free(&info, taken, PAGE));
        assert_false(boot_info_is_device(&info, taken, PAGE));
}

static void devices_are_outside_memory(void **state)
{
        (void)state;
        entry(0, 0, 64 * MIB, RAM);
        entry(1, 64 * MIB, MIB, ACPI);
        entry(2, 0xb0000000, MIB, RESERVED);
        read_it();
        assert_true(boot_info_is_device(&info, 0xfe000000, PAGE));
        assert_true(boot_info_is_device(&info, 0xb0000000, PAGE));
        assert_true(boot_info_is_device(&info, 64 * MIB, PAGE));
        assert_false(boot_info_is_device(&info, 63 * MIB, 2 * MIB));
        assert_false(boot_info_is_device(&info, 0, 4 * GIB));
        assert_false(boot_info_is_device(&info, IMAGE, PAGE));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(a_plain_map_loses_the_image_only),
                TEST(memory_above_4_gib_is_found),
                TEST(an_unsorted_map_is_sorted),
                TEST(a_reservation_wins_over_overlapping_memory),
                TEST(overlapping_memory_is_listed_once),
                TEST(a_list_without_room_is_cut),
                TEST(an_empty_entry_is_harmless),
                TEST(an_entry_that_wraps_is_dropped),
                TEST(memory_beyond_the_direct_map_is_dropped),
                TEST(too_many_entries_are_dropped_and_counted),
                TEST(a_huge_count_ends),
                TEST(without_the_magic_nothing_is_believed),
                TEST(version_0_has_no_map),
                TEST(without_a_map_xen_is_asked),
                TEST(an_empty_map_makes_xen_be_asked),
                TEST(a_map_is_believed_before_xen),
                TEST(xen_s_longest_map_is_read_to_its_end),
                TEST(a_long_command_line_is_cut_and_marked),
                TEST(the_longest_command_line_fits),
                TEST(no_command_line_is_an_empty_one),
                TEST(modules_are_not_free_memory),
                TEST(a_module_over_the_image_does_not_free_it),
                TEST(page_tables_are_beside_a_module_at_the_end),
                TEST(page_tables_come_from_the_end_of_the_largest_range),
                TEST(without_memory_there_are_no_page_tables),
                TEST(page_tables_are_taken_even_when_the_table_is_full),
                TEST(devices_are_outside_memory),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
