/* CD-ROM drives and controllers that lie or hang: each is named once and given up, in bounded time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fake/cdrom_machine.h>
#include <fake/driver_host.h>

#define SECOND 1000000000ull

/* The drive is given up with one line that says `why`, the time is bounded, and nothing is asked of it afterwards. */
static void it_is_given_up(const char *why)
{
        uint8_t buffer[CDROM_BLOCK];
        const int64_t size = fake_disc_size(0);
        if (size > 0)
                assert_int_equal(cdrom_given(0, fake_name, 0, buffer, sizeof(buffer)), -ENODEV);
        else
                assert_true(size == -ENODEV || size == -ENOENT);
        assert_true(fake_log_has(why));
        assert_true(fake_log_has("; it is not used\n"));
        assert_ptr_equal(strchr(fake_log, '\n'), fake_log + strlen(fake_log) - 1);
        assert_true(fake_clock < 2 * SECOND + SECOND / 10);
        const uint64_t now = fake_clock;
        assert_true(fake_disc_size(0) < 0);
        assert_int_equal(fake_clock, now);
}

/* ---- What drives of both kinds can say ---- */

static void blocks_of_another_size(void **state)
{
        (void)state;
        EACH_BUS(bus)
        {
                fake_plug(*bus, 0)->block_bytes = 2352;
                it_is_given_up("its disc has not blocks of 2048 bytes");
        }
}

static void a_disc_without_end(void **state)
{
        (void)state;
        EACH_BUS(bus)
        {
                fake_plug(*bus, 0)->last_block = UINT32_MAX;
                it_is_given_up("its disc has not blocks of 2048 bytes");
        }
}

/* Its last block is there, for the driver, and asking for it must be an answer of the drive's. */
static void a_disc_that_is_smaller_than_it_says(void **state)
{
        (void)state;
        EACH_BUS(bus)
        {
                uint8_t buffer[CDROM_BLOCK];
                fake_plug(*bus, 0)->last_block = UINT32_MAX - 1;
                const int64_t size = fake_disc_size(0);
                assert_int_equal(size, (int64_t)UINT32_MAX * CDROM_BLOCK);
                assert_int_equal(cdrom_given(0, fake_name, (uint64_t)size - CDROM_BLOCK, buffer, sizeof(buffer)),
                                 -ENODEV);
                assert_true(fake_log_has("it reports error 5/21"));
        }
}

static void less_than_was_asked_for(void **state)
{
        (void)state;
        EACH_BUS(bus)
        {
                fake_plug(*bus, 0)->held_back = 2;
                it_is_given_up("it sends less than it was asked for");
        }
}

static void a_refusal_without_a_reason(void **state)
{
        (void)state;
        EACH_BUS(bus)
        {
                struct fake_atapi *drive = fake_plug(*bus, 0);
                drive->bad_block = 0;
                drive->mute = true;
                it_is_given_up("it does not say why it refuses a command");
        }
}

/* ---- IDE ---- */

static void busy_from_the_start(void **state)
{
        (void)state;
        fake_plug(FAKE_IDE, 0);
        fake_ide.busy = true;
        it_is_given_up("IDE channel 0, device 0: it stays busy");
}

static void four_that_are_busy_cost_two_seconds_together(void **state)
{
        (void)state;
        for (unsigned i = 0; i < 4; i++)
                fake_plug(FAKE_IDE, i);
        fake_ide.busy = true;
        assert_int_equal(fake_disc_size(0), -ENOENT);
        assert_true(fake_log_has("IDE channel 1, device 1: it stays busy"));
        assert_true(fake_clock < 2 * SECOND + SECOND / 10);
}

static void busy_with_a_packet(void **state)
{
        (void)state;
        fake_plug(FAKE_IDE, 0);
        fake_ide.busy_with_packets = true;
        it_is_given_up("it stays busy");
}

static void a_packet_that_it_does_not_take(void **state)
{
        (void)state;
        fake_plug(FAKE_IDE, 0);
        fake_ide.ignores_packets = true;
        it_is_given_up("it does not take commands");
}

static void pieces_of_an_impossible_size(void **state)
{
        (void)state;
        const int sizes[] = {0, 7, 0x1000, 0xffff, 0xfffe};
        for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++, fake_machine_reset()) {
                fake_plug(FAKE_IDE, 0);
                fake_ide.piece = sizes[i];
                it_is_given_up("it sends other than it was asked for");
        }
}

static void data_without_end(void **state)
{
        (void)state;
        fake_plug(FAKE_IDE, 0);
        fake_ide.endless = true;
        fake_ide.piece = 2;
        it_is_given_up("it sends other than it was asked for");
}

static void data_the_wrong_way(void **state)
{
        (void)state;
        fake_plug(FAKE_IDE, 0);
        fake_ide.reason = 0;
        it_is_given_up("it does not take commands");
        fake_machine_reset();
        fake_plug(FAKE_IDE, 0);
        fake_ide.reason = 1;
        it_is_given_up("it asks for data that nobody has");
}

static void gone_in_the_middle(void **state)
{
        (void)state;
        fake_plug(FAKE_IDE, 0);
        fake_ide.gone = true;
        it_is_given_up("it is gone");
}

static void no_identity(void **state)
{
        (void)state;
        fake_plug(FAKE_IDE, 0);
        fake_ide.no_identity = true;
        it_is_given_up("it does not say what it is");
}

/* ---- AHCI ---- */

static void a_port_that_does_not_stop(void **state)
{
        (void)state;
        fake_plug(FAKE_AHCI, 0);
        fake_ahci.runs_on = true;
        it_is_given_up("AHCI 00:1f.2 port 0: it does not stop");
        assert_int_equal(fake_pages_used, 0);
}

static void a_port_that_is_busy_from_the_start(void **state)
{
        (void)state;
        fake_plug(FAKE_AHCI, 0);
        fake_ahci.busy = true;
        it_is_given_up("it stays busy");
        assert_int_equal(fake_pages_used, 0);
}

static void commands_that_do_not_end(void **state)
{
        (void)state;
        fake_plug(FAKE_AHCI, 0);
        fake_ahci.never_done = true;
        it_is_given_up("it does not answer");
        fake_machine_reset();
        fake_plug(FAKE_AHCI, 0);
        fake_ahci.packets_hang = true;
        it_is_given_up("it does not answer");
}

static void more_moved_than_was_asked_for(void **state)
{
        (void)state;
        const uint32_t excess[] = {1, 0x7fffffff, 0x80000000, 0xfffff000};
        for (unsigned i = 0; i < sizeof(excess) / sizeof(excess[0]); i++, fake_machine_reset()) {
                fake_plug(FAKE_AHCI, 0);
                fake_ahci.excess = excess[i];
                it_is_given_up("it sends more than it was asked for");
        }
}

static void a_controller_whose_transfers_break(void **state)
{
        (void)state;
        for (unsigned bit = 27; bit < 30; bit++, fake_machine_reset()) {
                fake_plug(FAKE_AHCI, 0);
                fake_ahci.happened = 1u << bit;
                it_is_given_up("its controller reports a broken transfer");
        }
}

static void memory_that_the_controller_cannot_reach(void **state)
{
        (void)state;
        fake_plug(FAKE_AHCI, 0);
        fake_ahci.capabilities = 0; /* 32 bits; the test's memory is above */
        it_is_given_up("there is no memory that it can reach");
        fake_machine_reset();
        fake_plug(FAKE_AHCI, 0);
        fake_pages_left = 1;
        it_is_given_up("there is no memory that it can reach");
        assert_int_equal(fake_pages_used, 0);
}

static void a_controller_without_registers(void **state)
{
        (void)state;
        fake_plug(FAKE_AHCI, 0);
        fake_pci_bar(fake_ahci_function, 5, 0xfe002000, 0x100);
        assert_int_equal(fake_disc_size(0), -ENOENT);
        fake_machine_reset();
        fake_plug(FAKE_AHCI, 20);
        fake_plug(FAKE_AHCI, 1);
        fake_pci_bar(fake_ahci_function, 5, 0xfe002000, 0x400); /* port 20's are not there */
        assert_int_equal(fake_disc_size(0), sizeof(fake_disc));
        assert_int_equal(fake_disc_size(1), -ENOENT);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(blocks_of_another_size, fake_machine_set_up),
                cmocka_unit_test_setup(a_disc_without_end, fake_machine_set_up),
                cmocka_unit_test_setup(a_disc_that_is_smaller_than_it_says, fake_machine_set_up),
                cmocka_unit_test_setup(less_than_was_asked_for, fake_machine_set_up),
                cmocka_unit_test_setup(a_refusal_without_a_reason, fake_machine_set_up),
                cmocka_unit_test_setup(busy_from_the_start, fake_machine_set_up),
                cmocka_unit_test_setup(four_that_are_busy_cost_two_seconds_together, fake_machine_set_up),
                cmocka_unit_test_setup(busy_with_a_packet, fake_machine_set_up),
                cmocka_unit_test_setup(a_packet_that_it_does_not_take, fake_machine_set_up),
                cmocka_unit_test_setup(pieces_of_an_impossible_size, fake_machine_set_up),
                cmocka_unit_test_setup(data_without_end, fake_machine_set_up),
                cmocka_unit_test_setup(data_the_wrong_way, fake_machine_set_up),
                cmocka_unit_test_setup(gone_in_the_middle, fake_machine_set_up),
                cmocka_unit_test_setup(no_identity, fake_machine_set_up),
                cmocka_unit_test_setup(a_port_that_does_not_stop, fake_machine_set_up),
                cmocka_unit_test_setup(a_port_that_is_busy_from_the_start, fake_machine_set_up),
                cmocka_unit_test_setup(commands_that_do_not_end, fake_machine_set_up),
                cmocka_unit_test_setup(more_moved_than_was_asked_for, fake_machine_set_up),
                cmocka_unit_test_setup(a_controller_whose_transfers_break, fake_machine_set_up),
                cmocka_unit_test_setup(memory_that_the_controller_cannot_reach, fake_machine_set_up),
                cmocka_unit_test_setup(a_controller_without_registers, fake_machine_set_up),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
