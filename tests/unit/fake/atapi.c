/* A CD-ROM drive: see atapi.h. Written from MMC-3 and SPC-3, as the driver is. */
#include <fake/atapi.h>

#include <stdlib.h>
#include <string.h>

uint8_t fake_disc[FAKE_DISC_BLOCKS * CDROM_BLOCK];

void fake_atapi_init(struct fake_atapi *drive)
{
        for (size_t i = 0; i < sizeof(fake_disc); i++)
                fake_disc[i] = (uint8_t)(i / CDROM_BLOCK * 7 + i % 253);
        *drive = (struct fake_atapi){.kind = 0x85c0,
                                     .disc = fake_disc,
                                     .block_bytes = CDROM_BLOCK,
                                     .last_block = FAKE_DISC_BLOCKS - 1,
                                     .bad_block = UINT32_MAX};
}

static void put_big(uint8_t *to, uint32_t value)
{
        for (unsigned i = 0; i < 4; i++)
                to[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t big(const uint8_t *from, unsigned count)
{
        uint32_t value = 0;
        for (unsigned i = 0; i < count; i++)
                value = value << 8 | from[i];
        return value;
}

static bool refuse(struct fake_atapi *drive, uint8_t key, uint8_t code)
{
        drive->key = key;
        drive->code = code;
        return false;
}

/* Why a command that is about the disc cannot be carried out now; false: it was refused. */
static bool is_ready(struct fake_atapi *drive)
{
        if (drive->attentions != 0) {
                drive->attentions--;
                return refuse(drive, 6, 0x28);
        }
        if (drive->disc == NULL)
                return refuse(drive, 2, 0x3a);
        if (drive->not_ready != 0) {
                drive->not_ready--;
                return refuse(drive, 2, 0x04);
        }
        return true;
}

static void sense(struct fake_atapi *drive, size_t most)
{
        memset(drive->data, 0, 18);
        drive->data[0] = 0x70;
        drive->data[2] = drive->key;
        drive->data[7] = 10;
        drive->data[12] = drive->code;
        drive->bytes = drive->mute ? 0 : most < 18 ? most : 18;
        drive->key = drive->code = 0;
}

static bool read_blocks(struct fake_atapi *drive, uint32_t block, uint32_t blocks)
{
        if (block + (uint64_t)blocks > FAKE_DISC_BLOCKS || blocks * CDROM_BLOCK > sizeof(drive->data))
                return refuse(drive, 5, 0x21);
        if (drive->bad_block >= block && drive->bad_block < block + blocks)
                return refuse(drive, 3, 0x11);
        drive->bytes = blocks * CDROM_BLOCK;
        memcpy(drive->data, drive->disc + block * CDROM_BLOCK, drive->bytes);
        drive->bytes -= drive->held_back;
        return true;
}

bool fake_atapi_packet(struct fake_atapi *drive, const uint8_t *packet, unsigned bytes)
{
        drive->commands++;
        drive->packet_bytes = bytes;
        drive->bytes = 0;
        if (packet[0] == 0x03) {
                sense(drive, packet[4]);
                return true;
        }
        if (!is_ready(drive))
                return false;
        switch (packet[0]) {
        case 0x00:
                return true;
        case 0x25:
                put_big(drive->data, drive->last_block);
                put_big(drive->data + 4, drive->block_bytes);
                drive->bytes = 8;
                return true;
        case 0x28:
                return read_blocks(drive, big(packet + 2, 4), big(packet + 7, 2));
        default:
                return refuse(drive, 5, 0x20);
        }
}

void fake_atapi_identify(struct fake_atapi *drive)
{
        memset(drive->data, 0, 512);
        memcpy(drive->data, &drive->kind, 2);
        memcpy(drive->data + 124, &drive->dma, 2);
        drive->bytes = 512;
}
