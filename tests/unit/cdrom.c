/* CD-ROM drives on IDE and on AHCI: discs that are read, drives that are empty, not ready, or something else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fake/cdrom_machine.h>
#include <fake/driver_host.h>

static void a_disc_is_read_in_as_many_transfers_as_it_takes(void **state)
{
        (void)state;
        EACH_BUS(bus)
        {
                const struct fake_atapi *drive = fake_plug(*bus, 2);
                assert_int_equal(fake_disc_size(0), sizeof(fake_disc));
                assert_string_equal(fake_name, "cd0");
                assert_true(fake_disc_is_read(0, 0, FAKE_DISC_BLOCKS));
                assert_true(fake_disc_is_read(0, 3, 2));
                assert_true(fake_disc_is_read(0, FAKE_DISC_BLOCKS - 1, 1));
                assert_int_equal(fake_disc_size(1), -ENOENT);
                assert_int_equal(drive->commands, 2 + 5 + 1 + 1);
                assert_int_equal(fake_ide.refused + fake_ahci.strange, 0);
                assert_string_equal(fake_log, "");
        }
}

static void beyond_the_end_nothing_is_read(void **state)
{
        (void)state;
        EACH_BUS(bus)
        {
                static uint8_t buffer[4 * CDROM_BLOCK];
                fake_plug(*bus, 0);
                memset(buffer, 0x5a, sizeof(buffer));
                assert_int_equal(cdrom_given(0, fake_name, sizeof(fake_disc) - CDROM_BLOCK, buffer, sizeof(buffer)),
                                 sizeof(fake_disc));
                assert_memory_equal(buffer, fake_disc + sizeof(fake_disc) - CDROM_BLOCK, CDROM_BLOCK);
                assert_int_equal(buffer[CDROM_BLOCK], 0x5a);
                assert_int_equal(cdrom_given(0, fake_name, UINT64_MAX - 2047, buffer, sizeof(buffer)),
                                 sizeof(fake_disc));
        }
}

static void an_empty_drive_is_no_error(void **state)
{
        (void)state;
        EACH_BUS(bus)
        {
                fake_plug(*bus, 0)->disc = NULL;
                fake_plug(*bus, 1);
                assert_int_equal(fake_disc_size(0), 0);
                assert_int_equal(fake_disc_size(1), sizeof(fake_disc));
                assert_string_equal(fake_name, "cd1");
                assert_true(fake_disc_is_read(1, 0, FAKE_DISC_BLOCKS));
                assert_string_equal(fake_log, "");
        }
}

static void a_drive_that_calls_for_attention_is_asked_again(void **state)
{
        (void)state;
        EACH_BUS(bus)
        {
                struct fake_atapi *drive = fake_plug(*bus, 0);
                drive->attentions = 3;
                drive->not_ready = 20;
                assert_int_equal(fake_disc_size(0), sizeof(fake_disc));
                drive->attentions = 1;
                assert_true(fake_disc_is_read(0, 0, 9));
                assert_string_equal(fake_log, "");
        }
}

static void a_drive_that_never_becomes_ready_is_given_up(void **state)
{
        (void)state;
        EACH_BUS(bus)
        {
                fake_plug(*bus, 0)->not_ready = UINT32_MAX;
                assert_int_equal(fake_disc_size(0), -ENODEV);
                assert_true(fake_log_has("it does not become ready; it is not used"));
                assert_true(fake_clock < 1500000000);
        }
}

static void a_block_that_cannot_be_read_ends_the_drive(void **state)
{
        (void)state;
        EACH_BUS(bus)
        {
                fake_plug(*bus, 0)->bad_block = 20;
                fake_plug(*bus, 1);
                assert_true(fake_disc_is_read(0, 0, 16));
                assert_false(fake_disc_is_read(0, 16, 8));
                assert_true(fake_log_has("it reports error 3/11; it is not used"));
                assert_int_equal(fake_disc_size(0), -ENODEV);
                assert_true(fake_disc_is_read(1, 16, 8));
        }
}

static void a_disc_taken_out_is_not_read(void **state)
{
        (void)state;
        EACH_BUS(bus)
        {
                struct fake_atapi *drive = fake_plug(*bus, 0);
                assert_true(fake_disc_is_read(0, 0, 1));
                drive->disc = NULL;
                assert_false(fake_disc_is_read(0, 0, 1));
        }
}

static void disks_and_tapes_are_not_taken(void **state)
{
        (void)state;
        EACH_BUS(bus)
        {
                fake_plug(*bus, 0)->is_disk = true;
                fake_plug(*bus, 1)->kind = 0x8180;
                fake_plug(*bus, 3);
                assert_int_equal(fake_disc_size(0), sizeof(fake_disc));
                assert_int_equal(fake_disc_size(1), -ENOENT);
                assert_string_equal(fake_log, "");
        }
}

static void packets_are_as_long_as_the_drive_wants_them(void **state)
{
        (void)state;
        struct fake_atapi *drive = fake_plug(FAKE_IDE, 1);
        drive->kind |= 1;
        assert_true(fake_disc_is_read(0, 0, 1));
        assert_int_equal(drive->packet_bytes, 16);
}

static void a_drive_is_told_where_data_goes_when_it_wants_to_be(void **state)
{
        (void)state;
        fake_plug(FAKE_AHCI, 1)->dma = 0x8000;
        assert_true(fake_disc_is_read(0, 0, 1));
        assert_int_equal(fake_ahci.features, 5);
}

static void drives_of_both_controllers_are_counted_together(void **state)
{
        (void)state;
        for (unsigned i = 0; i < 4; i++)
                fake_plug(FAKE_IDE, i);
        for (unsigned i = 0; i < 6; i++)
                fake_plug(FAKE_AHCI, 31 - i);
        for (unsigned i = 0; i < CDROM_DRIVES_MAX; i++)
                assert_true(fake_disc_is_read(i, 7, 9));
        assert_int_equal(fake_disc_size(CDROM_DRIVES_MAX), -ENOENT);
}

static void a_port_that_firmware_never_used_is_asked_who_is_there(void **state)
{
        (void)state;
        fake_ahci.silent_firmware = true;
        fake_plug(FAKE_AHCI, 0)->is_disk = true;
        fake_plug(FAKE_AHCI, 5);
        assert_true(fake_disc_is_read(0, 0, FAKE_DISC_BLOCKS));
        assert_int_equal(fake_disc_size(1), -ENOENT);
        assert_string_equal(fake_log, "");
}

static void a_machine_without_drives_costs_a_few_accesses(void **state)
{
        (void)state;
        assert_int_equal(fake_disc_size(0), -ENOENT);
        assert_int_equal(fake_pages_used, 0);
        fake_machine_reset();
        fake_ide.floating[0] = fake_ide.floating[1] = true;
        assert_int_equal(fake_disc_size(0), -ENOENT);
        assert_string_equal(fake_log, "");
        assert_true(fake_clock < 50000000);
}

static void where_the_command_line_names_devices_no_bus_is_looked_at(void **state)
{
        (void)state;
        fake_plug(FAKE_IDE, 0);
        fake_has_pci = false;
        assert_int_equal(fake_disc_size(0), -ENOENT);
        assert_int_equal(fake_pci_accesses, 0);
}

/* ---- The IDE controller's places ---- */

static void a_native_controller_is_switched(void **state)
{
        (void)state;
        fake_plug(FAKE_IDE, 3);
        fake_pci_put(fake_ide_function, 0x08, 0x01018f00);
        assert_true(fake_disc_is_read(0, 0, 1));
        assert_int_equal(fake_ide_function->space[2], 0x01018a00);
        assert_int_equal(fake_ide_function->space[1] & 1, 1);
}

static void a_native_controller_that_cannot_be_switched_is_moved(void **state)
{
        (void)state;
        fake_plug(FAKE_IDE, 3);
        fake_pci_put(fake_ide_function, 0x08, 0x01018500);
        for (unsigned n = 0; n < 4; n += 2) {
                fake_pci_bar(fake_ide_function, n, 0xc001, 8);
                fake_ide_function->space[4 + n] = 0xc001;
        }
        assert_true(fake_disc_is_read(0, 0, 1));
        assert_int_equal(fake_ide_function->space[4], 0x1f1);
        assert_int_equal(fake_ide_function->space[6], 0x171);
}

static void a_native_controller_that_cannot_be_moved_is_left(void **state)
{
        (void)state;
        fake_plug(FAKE_IDE, 0);
        fake_pci_put(fake_ide_function, 0x08, 0x01018500);
        assert_int_equal(fake_disc_size(0), -ENOENT);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_disc_is_read_in_as_many_transfers_as_it_takes, fake_machine_set_up),
                cmocka_unit_test_setup(beyond_the_end_nothing_is_read, fake_machine_set_up),
                cmocka_unit_test_setup(an_empty_drive_is_no_error, fake_machine_set_up),
                cmocka_unit_test_setup(a_drive_that_calls_for_attention_is_asked_again, fake_machine_set_up),
                cmocka_unit_test_setup(a_drive_that_never_becomes_ready_is_given_up, fake_machine_set_up),
                cmocka_unit_test_setup(a_block_that_cannot_be_read_ends_the_drive, fake_machine_set_up),
                cmocka_unit_test_setup(a_disc_taken_out_is_not_read, fake_machine_set_up),
                cmocka_unit_test_setup(disks_and_tapes_are_not_taken, fake_machine_set_up),
                cmocka_unit_test_setup(packets_are_as_long_as_the_drive_wants_them, fake_machine_set_up),
                cmocka_unit_test_setup(a_drive_is_told_where_data_goes_when_it_wants_to_be, fake_machine_set_up),
                cmocka_unit_test_setup(drives_of_both_controllers_are_counted_together, fake_machine_set_up),
                cmocka_unit_test_setup(a_port_that_firmware_never_used_is_asked_who_is_there, fake_machine_set_up),
                cmocka_unit_test_setup(a_machine_without_drives_costs_a_few_accesses, fake_machine_set_up),
                cmocka_unit_test_setup(where_the_command_line_names_devices_no_bus_is_looked_at, fake_machine_set_up),
                cmocka_unit_test_setup(a_native_controller_is_switched, fake_machine_set_up),
                cmocka_unit_test_setup(a_native_controller_that_cannot_be_switched_is_moved, fake_machine_set_up),
                cmocka_unit_test_setup(a_native_controller_that_cannot_be_moved_is_left, fake_machine_set_up),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
