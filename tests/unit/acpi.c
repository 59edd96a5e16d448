/* ACPI tables as hypervisors write them, and as a hostile one might. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <acpi/table.h>
#include <x86_64/nucleus/gate.h>

static uint8_t table[1024];
static struct acpi_bytes bytes;

static void start_table(void)
{
        memset(table, 0, sizeof(table));
        bytes = (struct acpi_bytes){table, ACPI_HEADER_BYTES};
}

static void add(const void *data, size_t count)
{
        assert_true(bytes.count + count <= sizeof(table));
        memcpy(table + bytes.count, data, count);
        bytes.count += count;
}

static void put(size_t offset, uint64_t value, size_t width)
{
        for (size_t i = 0; i < width; i++)
                table[offset + i] = (uint8_t)(value >> (8 * i));
}

static void make_checksum(size_t offset, size_t count)
{
        uint8_t sum = 0;
        table[offset] = 0;
        for (size_t i = 0; i < count; i++)
                sum = (uint8_t)(sum + table[i]);
        table[offset] = (uint8_t)-sum;
}

static void a_first_revision_root_pointer_names_the_rsdt(void **state)
{
        (void)state;
        uint64_t root = 0;
        unsigned width = 0;
        start_table();
        memcpy(table, "RSD PTR ", 8);
        put(16, 0x7fe1234, 4);
        make_checksum(8, 20);
        assert_true(acpi_parse_rsdp(bytes, &root, &width));
        assert_int_equal(root, 0x7fe1234);
        assert_int_equal(width, 4);
        table[17]++;
        assert_false(acpi_parse_rsdp(bytes, &root, &width));
        assert_false(acpi_parse_rsdp((struct acpi_bytes){table, 19}, &root, &width));
}

static void a_second_revision_root_pointer_names_the_xsdt(void **state)
{
        (void)state;
        uint64_t root = 0;
        unsigned width = 0;
        start_table();
        memcpy(table, "RSD PTR ", 8);
        table[15] = 2;
        put(20, 36, 4);
        put(24, 0x123456789a, 8);
        make_checksum(8, 20);
        make_checksum(32, 36);
        assert_true(acpi_parse_rsdp(bytes, &root, &width));
        assert_true(root == 0x123456789a);
        assert_int_equal(width, 8);
}

static void an_impossible_length_is_no_table(void **state)
{
        (void)state;
        start_table();
        put(4, 35, 4);
        assert_int_equal(acpi_table_length(bytes), 0);
        put(4, ACPI_TABLE_BYTES_MAX + 1, 4);
        assert_int_equal(acpi_table_length(bytes), 0);
        put(4, 36, 4);
        assert_int_equal(acpi_table_length(bytes), 36);
        assert_int_equal(acpi_table_length((struct acpi_bytes){table, 7}), 0);
}

static void root_entries_end_with_the_table(void **state)
{
        (void)state;
        start_table();
        add("\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00", 11);
        assert_int_equal(acpi_root_entry(bytes, 4, 0), 1);
        assert_int_equal(acpi_root_entry(bytes, 4, 1), 2);
        assert_int_equal(acpi_root_entry(bytes, 4, 2), 0); /* cut */
        assert_int_equal(acpi_root_entry(bytes, 8, 0), 0x200000001);
        assert_int_equal(acpi_root_entry(bytes, 4, 0xffffffff), 0);
}

static void a_pc_is_switched_off_by_its_control_block(void **state)
{
        (void)state;
        struct acpi_power power;
        start_table();
        bytes.count = 116; /* first revision */
        put(40, 0x7fe0040, 4);
        put(64, 0x604, 4);
        acpi_parse_fadt(bytes, &power);
        assert_int_equal(power.dsdt, 0x7fe0040);
        assert_int_equal(power.control_a.address, 0x604);
        assert_true(power.control_a.is_port);
        assert_int_equal(power.control_a.bytes, 2);
        assert_int_equal(power.control_b.address, 0);
        assert_int_equal(power.sleep.address, 0);
        assert_int_equal(power.reset.address, 0);
}

static void a_microvm_is_switched_off_by_its_sleep_register(void **state)
{
        (void)state;
        struct acpi_power power;
        start_table();
        bytes.count = 268;
        put(112, 1u << 20 | 1u << 10, 4);
        put(116, 0x0800, 2); /* memory, 8 bits */
        put(120, 0xfea00202, 8);
        table[128] = 0x42;
        put(140, 0x123400000000, 8);
        put(244, 0x0800, 2);
        put(248, 0xfea00200, 8);
        acpi_parse_fadt(bytes, &power);
        assert_true(power.dsdt == 0x123400000000);
        assert_int_equal(power.control_a.address, 0);
        assert_int_equal(power.sleep.address, 0xfea00200);
        assert_false(power.sleep.is_port);
        assert_int_equal(power.reset.address, 0xfea00202);
        assert_int_equal(power.reset_value, 0x42);
}

static void a_pc_has_its_power_button_in_the_event_block(void **state)
{
        (void)state;
        struct acpi_button button;
        start_table();
        bytes.count = 116;
        put(46, 9, 2);
        put(56, 0x600, 4);
        put(88, 4, 1);
        assert_true(acpi_parse_button(bytes, &button));
        assert_int_equal(button.status.address, 0x600);
        assert_int_equal(button.enable.address, 0x602);
        assert_int_equal(button.interrupt, 9);
}

static void a_button_that_cannot_be_is_none(void **state)
{
        (void)state;
        static const struct {
                size_t offset, width;
                uint64_t value;
        } wrong[] = {
                {46, 2, 16},       /* not an ISA interrupt */
                {56, 4, 0},        /* no event block */
                {56, 4, 0xfffe},   /* its second half is beyond the last port */
                {88, 1, 2},        /* too short for two registers */
                {112, 4, 1u << 4}, /* no fixed hardware */
                {112, 4, 1u << 20} /* hardware-reduced */
        };
        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
                struct acpi_button button;
                start_table();
                bytes.count = 116;
                put(46, 9, 2);
                put(56, 0x600, 4);
                put(88, 4, 1);
                assert_true(acpi_parse_button(bytes, &button));
                put(wrong[i].offset, wrong[i].value, wrong[i].width);
                assert_false(acpi_parse_button(bytes, &button));
        }
        struct acpi_button button;
        assert_false(acpi_parse_button((struct acpi_bytes){NULL, 0}, &button));
}

static void an_empty_fadt_says_nothing(void **state)
{
        (void)state;
        struct acpi_power power;
        acpi_parse_fadt((struct acpi_bytes){NULL, 0}, &power);
        assert_int_equal(power.dsdt, 0);
        assert_int_equal(power.control_a.address, 0);
}

static void start_madt(void)
{
        start_table();
        bytes.count = 44;
        add("\x00\x08\x00\x00\x01\x00\x00\x00", 8);                  /* a CPU */
        add("\x01\x0c\x00\x00\x00\x00\xc0\xfe\x00\x00\x00\x00", 12); /* inputs 0.. */
        add("\x01\x0c\x01\x00\x00\x00\xc1\xfe\x18\x00\x00\x00", 12); /* inputs 24.. */
        add("\x02\x0a\x00\x00\x02\x00\x00\x00\x00\x00", 10);         /* ISA 0 is 2 */
        add("\x02\x0a\x00\x05\x05\x00\x00\x00\x0d\x00", 10);         /* ISA 5: level, high */
        add("\x02\x0a\x00\x09\x14\x00\x00\x00\x0f\x00", 10);         /* ISA 9 is 20: level, low */
}

static void an_input_is_found_on_the_ioapic_that_has_it(void **state)
{
        (void)state;
        uint64_t physical = 0;
        unsigned pin = 0;
        start_madt();
        assert_true(acpi_find_ioapic(bytes, 4, &physical, &pin));
        assert_int_equal(physical, 0xfec00000);
        assert_int_equal(pin, 4);
        assert_true(acpi_find_ioapic(bytes, 30, &physical, &pin));
        assert_int_equal(physical, 0xfec10000);
        assert_int_equal(pin, 6);
        assert_false(acpi_find_ioapic((struct acpi_bytes){NULL, 0}, 4, &physical, &pin));
}

static void overrides_are_obeyed(void **state)
{
        (void)state;
        unsigned gsi = 0;
        unsigned flags = 0;
        start_madt();
        assert_true(acpi_find_override(bytes, 0, &gsi, &flags));
        assert_int_equal(gsi, 2);
        assert_int_equal(flags, 0);
        assert_true(acpi_find_override(bytes, 5, &gsi, &flags));
        assert_int_equal(flags, GATE_IRQ_LEVEL);
        assert_true(acpi_find_override(bytes, 9, &gsi, &flags));
        assert_int_equal(gsi, 20);
        assert_int_equal(flags, GATE_IRQ_LEVEL | GATE_IRQ_ACTIVE_LOW);
        assert_false(acpi_find_override(bytes, 4, &gsi, &flags));
}

static void an_entry_of_no_length_ends_the_search(void **state)
{
        (void)state;
        uint64_t physical = 0;
        unsigned pin = 0;
        start_table();
        bytes.count = 44;
        add("\x07\x00\x01\x0c\x00\x00\x00\x00\xc0\xfe\x00\x00\x00\x00", 14);
        assert_false(acpi_find_ioapic(bytes, 4, &physical, &pin));
        start_table();
        bytes.count = 44;
        add("\x01\xff\x00\x00\x00\x00\xc0\xfe\x00\x00\x00\x00", 12); /* longer than the table */
        assert_false(acpi_find_ioapic(bytes, 4, &physical, &pin));
}

static void soft_off_is_read_from_s5(void **state)
{
        (void)state;
        uint8_t a = 9;
        uint8_t b = 9;
        start_table();
        add("\x08_S4_\x12\x06\x04\x0a\x06\x0a\x06\x00", 13);
        add("\x08\x5c_S5_\x12\x08\x04\x0a\x05\x0a\x07\x00\x00", 15);
        assert_true(acpi_find_s5(bytes, &a, &b));
        assert_int_equal(a, 5);
        assert_int_equal(b, 7);
        start_table();
        add("_S5_\x08_S5_\x12\x06\x04\x00\x00\x00\x00", 16); /* the first is no Name */
        assert_true(acpi_find_s5(bytes, &a, &b));
        assert_int_equal(a, 0);
        start_table();
        add("\x08_S5_\x12\x04\x01\x01", 9); /* one element, and the package one byte too long */
        assert_false(acpi_find_s5(bytes, &a, &b));
        add("\x00", 1);
        assert_true(acpi_find_s5(bytes, &a, &b));
        assert_int_equal(a, 1);
        assert_int_equal(b, 1);
}

/* QEMU microvm: Device (VR07) { _HID, _UID, _CCA, _CRS { Memory32Fixed, Interrupt } } */
static void add_transport(uint32_t base, uint8_t gsi, const char *id)
{
        static const uint8_t crs_head[] = {0x08, '_', 'C', 'R', 'S', 0x11, 0x1a, 0x0a, 0x17};
        uint8_t resources[23] = {0x86, 0x09, 0x00, 0x01};
        for (unsigned i = 0; i < 4; i++)
                resources[4 + i] = (uint8_t)(base >> (8 * i));
        resources[9] = 0x02; /* 512 bytes */
        memcpy(resources + 12, (const uint8_t[]){0x89, 0x06, 0x00, 0x03, 0x01, gsi, 0, 0, 0, 0x79, 0}, 11);
        const size_t length = 1 + 4 + 15 + sizeof(crs_head) + sizeof(resources);
        add((const uint8_t[]){0x5b, 0x82, (uint8_t)length}, 3);
        add("VR07", 4);
        add("\x08_HID\x0d", 6);
        add(id, 9);
        add(crs_head, sizeof(crs_head));
        add(resources, sizeof(resources));
}

static void virtio_transports_are_found_in_order(void **state)
{
        (void)state;
        struct acpi_virtio_mmio device;
        start_table();
        add("\x10\x05_SB_", 6);
        add_transport(0xfeb00000, 5, "QEMU0002");
        add_transport(0xfeb02a00, 21, "LNRO0005");
        add_transport(0xfeb02c00, 22, "LNRO0005");
        assert_true(acpi_find_virtio_mmio(bytes, 0, &device));
        assert_int_equal(device.base, 0xfeb02a00);
        assert_int_equal(device.bytes, 512);
        assert_int_equal(device.gsi, 21);
        assert_int_equal(device.irq_flags, 0);
        assert_true(acpi_find_virtio_mmio(bytes, 1, &device));
        assert_int_equal(device.base, 0xfeb02c00);
        assert_int_equal(device.gsi, 22);
        assert_false(acpi_find_virtio_mmio(bytes, 2, &device));
}

/* QEMU microvm: Device (GED) { _HID, _CRS { Interrupt }, OperationRegion (EREG, SystemMemory, 0xfea00000, 4), ... } */
static void add_event_device(void)
{
        static const uint8_t body[] = {0x08, '_',  'C',  'R',  'S', 0x11, 0x0e, 0x0a, 0x0b, 0x89, 0x06, 0x00,
                                       0x03, 0x01, 9,    0,    0,   0,    0x79, 0,    0x5b, 0x80, 'E',  'R',
                                       'E',  'G',  0x00, 0x0c, 0,   0,    0xa0, 0xfe, 0x0a, 0x04};
        add((const uint8_t[]){0x5b, 0x82, 1 + 4 + 15 + sizeof(body)}, 3);
        add("GED_", 4);
        add("\x08_HID\x0d", 6);
        add("ACPI0013", 9);
        add(body, sizeof(body));
}

static void the_event_device_of_qemu_is_found(void **state)
{
        (void)state;
        struct acpi_event_device device;
        start_table();
        add_event_device();
        assert_false(acpi_find_event_device(bytes, &device)); /* somebody else's: its bits may mean anything */
        for (unsigned i = 0; i < 6; i++)
                put(10 + i, (uint8_t) "BOCHS "[i], 1);
        const size_t whole = bytes.count;
        assert_true(acpi_find_event_device(bytes, &device));
        assert_int_equal(device.events, 0xfea00000);
        assert_int_equal(device.gsi, 9);
        assert_int_equal(device.irq_flags, 0);
        for (size_t cut = 0; cut < whole; cut++) {
                bytes.count = cut;
                assert_false(acpi_find_event_device(bytes, &device));
        }
}

static void a_device_cut_short_is_no_device(void **state)
{
        (void)state;
        struct acpi_virtio_mmio device;
        start_table();
        add_transport(0xfeb02a00, 21, "LNRO0005");
        const size_t whole = bytes.count;
        assert_true(acpi_find_virtio_mmio(bytes, 0, &device));
        for (size_t cut = 0; cut < whole; cut++) {
                bytes.count = cut;
                assert_false(acpi_find_virtio_mmio(bytes, 0, &device));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_first_revision_root_pointer_names_the_rsdt),
                cmocka_unit_test(a_second_revision_root_pointer_names_the_xsdt),
                cmocka_unit_test(an_impossible_length_is_no_table),
                cmocka_unit_test(root_entries_end_with_the_table),
                cmocka_unit_test(a_pc_is_switched_off_by_its_control_block),
                cmocka_unit_test(a_microvm_is_switched_off_by_its_sleep_register),
                cmocka_unit_test(a_pc_has_its_power_button_in_the_event_block),
                cmocka_unit_test(a_button_that_cannot_be_is_none),
                cmocka_unit_test(the_event_device_of_qemu_is_found),
                cmocka_unit_test(an_empty_fadt_says_nothing),
                cmocka_unit_test(an_input_is_found_on_the_ioapic_that_has_it),
                cmocka_unit_test(overrides_are_obeyed),
                cmocka_unit_test(an_entry_of_no_length_ends_the_search),
                cmocka_unit_test(soft_off_is_read_from_s5),
                cmocka_unit_test(virtio_transports_are_found_in_order),
                cmocka_unit_test(a_device_cut_short_is_no_device),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
