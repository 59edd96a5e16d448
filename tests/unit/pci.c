/* One PCI function: BARs, capabilities, MSI-X, honest ones and impossible ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fake/driver_host.h>
#include <fake/pci_space.h>

static struct pci_function function = {.bus = 0, .slot = 3};
static struct fake_pci_function *f;
static struct pci_bars bars;
static struct pci_bar bar;

static int set_up(void **state)
{
        (void)state;
        fake_host_reset();
        fake_pci_reset();
        f = fake_pci_add(0, 3, 0, 0x1af4, 0x1041);
        fake_pci_put(f, 4, 0x00100003);
        fake_pci_put(f, 0x34, 0x40);
        bars = (struct pci_bars){.function = &function};
        return 0;
}

static void a_bar_is_sized_and_left_as_it_was(void **state)
{
        (void)state;
        fake_pci_bar(f, 1, 0xfebd1000, 0x1000);
        assert_int_equal(pci_bar(&bars, 1, &bar), 0);
        assert_int_equal(bar.address, 0xfebd1000);
        assert_int_equal(bar.bytes, 0x1000);
        assert_int_equal(f->space[5], 0xfebd1000);
        assert_int_equal(f->space[1], 0x00100003);
}

static void a_wide_bar_takes_two_registers(void **state)
{
        (void)state;
        fake_pci_bar(f, 4, 0x00000000, 0x4000);
        f->space[8] |= 4;
        f->space[9] = 0x80;
        f->bar_mask[5] = UINT32_MAX;
        assert_int_equal(pci_bar(&bars, 4, &bar), 0);
        assert_int_equal(bar.address, 0x8000000000);
        assert_int_equal(bar.bytes, 0x4000);
}

static void a_bar_is_sized_once(void **state)
{
        (void)state;
        fake_pci_bar(f, 1, 0xfebd1000, 0x1000);
        pci_bar(&bars, 1, &bar);
        unsigned accesses = fake_pci_accesses;
        assert_int_equal(pci_bar(&bars, 1, &bar), 0);
        assert_int_equal(fake_pci_accesses, accesses);
        assert_int_equal(bar.bytes, 0x1000);
}

static void bars_that_make_no_sense_are_refused(void **state)
{
        (void)state;
        assert_int_equal(pci_bar(&bars, 6, &bar), -EINVAL);
        assert_int_equal(pci_bar(&bars, 255, &bar), -EINVAL);
        assert_int_equal(pci_bar(&bars, 0, &bar), -ENODEV); /* not there */
        f->space[5] = 0xc001;
        assert_int_equal(pci_bar(&bars, 1, &bar), -ENODEV); /* I/O */
        f->space[9] = 0xfe000004;
        assert_int_equal(pci_bar(&bars, 5, &bar), -EIO); /* the last register cannot be half a wide one */
        f->space[6] = 0xfe000000;
        f->bar_mask[2] = 0xff00f000; /* a hole in the size */
        assert_int_equal(pci_bar(&bars, 2, &bar), -EIO);
        fake_pci_bar(f, 3, 0xfe001000, 0x10000);
        f->space[7] = 0xfe001000; /* not aligned to its size */
        assert_int_equal(pci_bar(&bars, 3, &bar), -EIO);
}

static void a_bar_without_an_address_gets_one(void **state)
{
        (void)state;
        fake_memory_bytes = 64ul << 20;
        fake_pci_bar(f, 1, 0, 0x1000);
        fake_pci_bar(f, 2, 0, 0x100000);
        struct pci_bar other;
        assert_int_equal(pci_bar(&bars, 1, &bar), 0);
        assert_int_equal(pci_bar(&bars, 2, &other), 0);
        assert_in_range(bar.address, 0xc0000000, 0xdfffffff);
        assert_int_equal(f->space[5], bar.address);
        assert_true(other.address % 0x100000 == 0);
        assert_true(other.address >= bar.address + bar.bytes);
}

static void a_bar_too_large_for_the_window_gets_none(void **state)
{
        (void)state;
        fake_pci_bar(f, 1, 0, 0x80000000);
        assert_int_equal(pci_bar(&bars, 1, &bar), -ENOSPC);
}

static void capabilities_are_walked_in_order(void **state)
{
        (void)state;
        struct pci_walk walk;
        uint32_t header;
        fake_pci_put(f, 0x40, 0x00005009);
        fake_pci_put(f, 0x50, 0x00000011);
        pci_walk_start(&walk, &function);
        assert_int_equal(pci_walk_next(&walk, &header), 0x40);
        assert_int_equal(header & 0xff, 9);
        assert_int_equal(pci_walk_next(&walk, &header), 0x50);
        assert_int_equal(pci_walk_next(&walk, &header), 0);
}

static void a_capability_list_that_loops_ends(void **state)
{
        (void)state;
        struct pci_walk walk;
        uint32_t header;
        unsigned steps = 0;
        fake_pci_put(f, 0x40, 0x00005009);
        fake_pci_put(f, 0x50, 0x00004009);
        pci_walk_start(&walk, &function);
        while (pci_walk_next(&walk, &header) != 0)
                steps++;
        assert_int_equal(steps, 48);
}

static void a_capability_below_the_list_ends_it(void **state)
{
        (void)state;
        struct pci_walk walk;
        uint32_t header;
        fake_pci_put(f, 0x40, 0x00001009);
        pci_walk_start(&walk, &function);
        assert_int_equal(pci_walk_next(&walk, &header), 0x40);
        assert_int_equal(pci_walk_next(&walk, &header), 0);
}

static void a_function_without_a_list_has_no_capabilities(void **state)
{
        (void)state;
        struct pci_walk walk;
        uint32_t header;
        fake_pci_put(f, 4, 0);
        fake_pci_put(f, 0x40, 0x00000009);
        pci_walk_start(&walk, &function);
        assert_int_equal(pci_walk_next(&walk, &header), 0);
}

static void an_msix_table_is_mapped_and_aimed(void **state)
{
        (void)state;
        struct pci_msix msix;
        fake_pci_bar(f, 1, 0xfebd0000, 0x1000);
        fake_pci_put(f, 0x40, 0x00020011);
        fake_pci_put(f, 0x44, 0x801);
        assert_int_equal(pci_msix_open(&bars, 0x40, &msix), 0);
        assert_int_equal(msix.vectors, 3);
        assert_int_equal(fake_device_mapped[0], 0xfebd0800);
        assert_int_equal(pci_msix_set(&msix, 2, 0x41), 0);
        const uint32_t *entry = (const uint32_t *)(const void *)(msix.table + 32);
        assert_int_equal(entry[0], 0xfee00000);
        assert_int_equal(entry[2], 0x41);
        assert_int_equal(entry[3], 0);
        assert_int_equal(pci_msix_set(&msix, 3, 0x41), -EINVAL);
        pci_msix_enable(&function, &msix);
        assert_int_equal(f->space[0x40 / 4], 0x80020011);
}

static void an_msix_table_outside_its_bar_is_refused(void **state)
{
        (void)state;
        struct pci_msix msix;
        fake_pci_bar(f, 1, 0xfebd0000, 0x1000);
        fake_pci_put(f, 0x40, 0x07ff0011); /* 2048 entries: 32 KiB */
        fake_pci_put(f, 0x44, 1);
        assert_int_equal(pci_msix_open(&bars, 0x40, &msix), -EIO);
        fake_pci_put(f, 0x40, 0x00020011);
        fake_pci_put(f, 0x44, 0xfffffff8 | 1);
        assert_int_equal(pci_msix_open(&bars, 0x40, &msix), -EIO);
        fake_pci_put(f, 0x44, 0xfd8 | 1);
        assert_int_equal(pci_msix_open(&bars, 0x40, &msix), -EIO);
        fake_pci_put(f, 0x44, 7); /* no such BAR */
        assert_int_equal(pci_msix_open(&bars, 0x40, &msix), -EIO);
        assert_int_equal(pci_msix_open(&bars, 0xf8, &msix), -EIO);
}

static void enabling_sets_memory_and_master_and_stops_intx(void **state)
{
        (void)state;
        fake_pci_put(f, 4, 0xffff0001);
        pci_enable(&function);
        assert_int_equal(f->space[1] & 0xffff, 0x407);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup(test, set_up)
        const struct CMUnitTest tests[] = {
                TEST(a_bar_is_sized_and_left_as_it_was),
                TEST(a_wide_bar_takes_two_registers),
                TEST(a_bar_is_sized_once),
                TEST(bars_that_make_no_sense_are_refused),
                TEST(a_bar_without_an_address_gets_one),
                TEST(a_bar_too_large_for_the_window_gets_none),
                TEST(capabilities_are_walked_in_order),
                TEST(a_capability_list_that_loops_ends),
                TEST(a_capability_below_the_list_ends_it),
                TEST(a_function_without_a_list_has_no_capabilities),
                TEST(an_msix_table_is_mapped_and_aimed),
                TEST(an_msix_table_outside_its_bar_is_refused),
                TEST(enabling_sets_memory_and_master_and_stops_intx),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
