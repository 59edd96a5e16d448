/*
 * The drivers of CD-ROM drives against controllers and drives that say what the fuzzer says: registers, data, sense
 * data, sizes. Often they say the truth, so that discs are found and read. Checked beside the sanitizers: what is read
 * lies within the buffer, and a drive that was given up stays so.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <fake/cdrom_machine.h>
#include <fake/driver_host.h>

#include "input.h"

#define BLOCKS 20u /* of a read: more than a transfer */

static uint8_t rarely; /* how rarely registers lie */

static uint32_t lie(uint32_t value)
{
        return left != 0 && byte() > rarely ? word(4) : value;
}

/* A drive with some of its answers wrong. */
static void plug(enum fake_bus bus, unsigned n)
{
        static uint8_t disc[sizeof(fake_disc)];
        struct fake_atapi *drive = fake_plug(bus, n);
        const uint8_t what = byte();
        drive->is_disk = what == 1;
        drive->mute = what == 2;
        drive->kind = what == 3 ? (uint16_t)word(2) : drive->kind | (what & 1);
        drive->dma = what == 4 ? 0x8000 : 0;
        drive->disc = what == 5 ? NULL : disc;
        drive->block_bytes = what == 6 ? word(4) : drive->block_bytes;
        drive->last_block = what == 7 ? word(4) : drive->last_block;
        drive->attentions = what == 8 ? word(2) : 0;
        drive->not_ready = what == 9 ? word(2) : 0;
        drive->bad_block = what == 10 ? byte() : UINT32_MAX;
        drive->held_back = what == 11 ? word(2) % CDROM_BLOCK : 0;
}

static void lies_of_controllers(void)
{
        const uint8_t what = byte();
        fake_ide.busy = what == 1;
        fake_ide.busy_with_packets = what == 2;
        fake_ide.ignores_packets = what == 3;
        fake_ide.gone = what == 4;
        fake_ide.piece = what == 5 ? (int)word(2) : -1;
        fake_ide.reason = what == 6 ? byte() : -1;
        fake_ide.endless = what == 7;
        fake_ide.no_identity = what == 8;
        fake_ahci.silent_firmware = what == 9;
        fake_ahci.runs_on = what == 10;
        fake_ahci.busy = what == 11;
        fake_ahci.never_done = what == 12;
        fake_ahci.packets_hang = what == 13;
        fake_ahci.happened = what == 14 ? word(4) : 0;
        fake_ahci.excess = what == 15 ? word(4) : 0;
        fake_ahci.capabilities = what == 16 ? word(4) : fake_ahci.capabilities;
        fake_pci_put(fake_ide_function, 0x08, 0x01018000 | (what == 17 ? word(2) : 0));
        fake_ide.floating[0] = what == 18;
        fake_ide.lie = fake_ahci.lie = lie;
}

static void read_some(unsigned index)
{
        uint8_t *buffer = malloc(BLOCKS * CDROM_BLOCK);
        const int64_t size = fake_disc_size(index);
        const uint64_t first = byte() == 1 ? word(4) : byte() % FAKE_DISC_BLOCKS;
        const int64_t answer = cdrom_given(index, fake_name, first * CDROM_BLOCK, buffer,
                                           (size_t)(byte() % (BLOCKS + 1)) * CDROM_BLOCK);
        assert(answer == size || answer == -ENODEV);
        assert(size != -ENODEV || answer == -ENODEV);
        free(buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
        input = data;
        left = bytes;
        fake_machine_reset();
        rarely = byte();
        const uint8_t pages = byte();
        fake_pages_left = pages >= 0xf0 ? pages & 15 : -1;
        lies_of_controllers();
        for (unsigned drives = 1 + byte() % 4; drives != 0; drives--)
                plug((byte() & 1) != 0 ? FAKE_AHCI : FAKE_IDE, byte() % 32);
        unsigned count = 0;
        while (fake_disc_size(count) != -ENOENT)
                count++;
        assert(count <= CDROM_DRIVES_MAX);
        for (unsigned round = 0; round < 8 && count != 0; round++)
                read_some(round % count);
        return 0;
}
