/* What ACPI says of memory-mapped configuration space, true or not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <acpi/acpi.h>
#include <pci/ecam.h>

static uint8_t table[256];
static size_t table_bytes;
static const char *table_name = "";
static struct ecam ecam;

const void *acpi_table(const char *signature, size_t *bytes)
{
        *bytes = table_bytes;
        return strcmp(signature, table_name) == 0 ? table : NULL;
}

static void put_mcfg(unsigned n, uint64_t base, uint16_t segment, uint8_t first, uint8_t last)
{
        uint8_t *at = table + 44 + 16 * n;
        memcpy(at, &base, 8);
        memcpy(at + 8, &segment, 2);
        at[10] = first;
        at[11] = last;
}

static void the_allocation_of_segment_0_is_taken(void **state)
{
        (void)state;
        put_mcfg(0, 0xc0000000, 1, 0, 255);
        put_mcfg(1, 0xe0000000, 0, 0, 63);
        assert_true(ecam_parse_mcfg(table, 44 + 32, &ecam));
        assert_int_equal(ecam.base, 0xe0000000);
        assert_int_equal(ecam.last_bus, 63);
}

static void allocations_that_make_no_sense_are_passed_over(void **state)
{
        (void)state;
        put_mcfg(0, 0, 0, 0, 255);
        assert_false(ecam_parse_mcfg(table, 60, &ecam));
        put_mcfg(0, 0xe0001000, 0, 0, 255);
        assert_false(ecam_parse_mcfg(table, 60, &ecam));
        put_mcfg(0, 0xe0000000, 0, 16, 255);
        assert_false(ecam_parse_mcfg(table, 60, &ecam));
        put_mcfg(0, 0xfffffffff0000000, 0, 0, 255);
        assert_false(ecam_parse_mcfg(table, 60, &ecam));
        put_mcfg(0, 0xe0000000, 0, 0, 255);
        assert_false(ecam_parse_mcfg(table, 59, &ecam)); /* cut */
        assert_false(ecam_parse_mcfg(table, 0, &ecam));
}

/* Method (_CBA, 0) { Return (0xe0000000) } as QEMU 7.2 writes it for microvm. */
static const uint8_t dword[] = {0x14, 0x0c, '_', 'C', 'B', 'A', 0x08, 0xa4, 0x0c, 0x00, 0x00, 0x00, 0xe0};
static const uint8_t qword[] = {0x14, 0x10, '_', 'C', 'B', 'A', 0x00, 0xa4, 0x0e, 0, 0, 0, 0xe0, 1, 0, 0, 0};

static void the_host_bridge_says_it_in_the_dsdt(void **state)
{
        (void)state;
        memset(table, 0x5b, sizeof table);
        memcpy(table + 50, dword, sizeof dword);
        assert_true(ecam_parse_dsdt(table, sizeof table, &ecam));
        assert_int_equal(ecam.base, 0xe0000000);
        memcpy(table + 50, qword, sizeof qword);
        assert_true(ecam_parse_dsdt(table, sizeof table, &ecam));
        assert_int_equal(ecam.base, 0x1e0000000);
}

static void a_method_that_returns_no_constant_says_nothing(void **state)
{
        (void)state;
        memset(table, 0x5b, sizeof table);
        memcpy(table + 50, dword, sizeof dword);
        table[57] = 0x70;
        assert_false(ecam_parse_dsdt(table, sizeof table, &ecam));
        for (size_t bytes = 0; bytes < sizeof dword; bytes++)
                assert_false(ecam_parse_dsdt(dword, bytes, &ecam));
        assert_true(ecam_parse_dsdt(dword, sizeof dword, &ecam));
}

static void the_mcfg_is_believed_before_the_dsdt(void **state)
{
        (void)state;
        memset(table, 0, sizeof table);
        put_mcfg(0, 0xb0000000, 0, 0, 255);
        table_bytes = 60;
        table_name = "MCFG";
        assert_true(ecam_find(&ecam));
        assert_int_equal(ecam.base, 0xb0000000);
        table_name = "DSDT";
        assert_false(ecam_find(&ecam));
        table_name = "";
        assert_false(ecam_find(&ecam));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_allocation_of_segment_0_is_taken),
                cmocka_unit_test(allocations_that_make_no_sense_are_passed_over),
                cmocka_unit_test(the_host_bridge_says_it_in_the_dsdt),
                cmocka_unit_test(a_method_that_returns_no_constant_says_nothing),
                cmocka_unit_test(the_mcfg_is_believed_before_the_dsdt),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
