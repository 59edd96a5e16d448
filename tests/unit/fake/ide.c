/* IDE channels: see ide.h. Written from ATA/ATAPI-6, as the driver is. */
#include <fake/ide.h>

#include <string.h>

#include <x86_64/memory/device.h>

#define BUSY  0x80
#define READY 0x40
#define DATA  0x08
#define ERROR 0x01

struct fake_ide fake_ide;

static struct channel {
        unsigned selected;
        uint8_t reason, low, high, status;
        uint8_t packet[16];
        unsigned packet_bytes;
        bool takes_packet;
        size_t sent, piece; /* of the drive's data: sent before, and left of the present piece */
} channels[2];

void fake_ide_reset(void)
{
        memset(&fake_ide, 0, sizeof(fake_ide));
        memset(channels, 0, sizeof(channels));
        fake_ide.piece = fake_ide.reason = -1;
}

static struct fake_atapi *drive_of(unsigned n)
{
        return fake_ide.drives[n][channels[n].selected];
}

/* The next piece of the drive's data, or the end of the command. */
static void next_piece(struct channel *c, const struct fake_atapi *drive)
{
        const size_t left = drive->bytes - c->sent;
        c->piece = left < 2048 ? left : 2048;
        const size_t said = fake_ide.piece >= 0 ? (size_t)fake_ide.piece : c->piece;
        const bool more = left != 0 || fake_ide.endless;
        c->status = more ? READY | DATA : READY;
        c->reason = more ? 2 : 3;
        c->low = (uint8_t)said;
        c->high = (uint8_t)(said >> 8);
}

static void command(unsigned n, uint8_t code)
{
        struct channel *c = &channels[n];
        struct fake_atapi *drive = drive_of(n);
        if (drive == NULL)
                return;
        c->status = fake_ide.busy ? BUSY : READY | ERROR;
        if (drive->is_disk || fake_ide.busy)
                return;
        c->sent = 0;
        if (code == 0x08) {
                c->status = 0;
                c->low = 0x14;
                c->high = 0xeb;
        } else if (code == 0xa1 && !fake_ide.no_identity) {
                fake_atapi_identify(drive);
                c->piece = 512;
                c->status = READY | DATA;
        } else if (code == 0xa0) {
                c->takes_packet = !fake_ide.ignores_packets;
                c->packet_bytes = 0;
                c->reason = 1;
                c->status = fake_ide.busy_with_packets ? BUSY : fake_ide.ignores_packets ? READY : READY | DATA;
        }
}

static void take_packet(unsigned n, uint32_t value)
{
        struct channel *c = &channels[n];
        struct fake_atapi *drive = drive_of(n);
        if (drive == NULL || !c->takes_packet)
                return;
        c->packet[c->packet_bytes++] = (uint8_t)value;
        c->packet[c->packet_bytes++] = (uint8_t)(value >> 8);
        if (c->packet_bytes < ((drive->kind & 3) == 1 ? 16u : 12u))
                return;
        c->takes_packet = false;
        fake_ide.floating[n] = fake_ide.gone;
        if (fake_atapi_packet(drive, c->packet, c->packet_bytes))
                next_piece(c, drive);
        else
                c->status = READY | ERROR;
}

static uint32_t read_data(unsigned n, unsigned width)
{
        struct channel *c = &channels[n];
        struct fake_atapi *drive = drive_of(n);
        uint32_t value = 0;
        if (drive == NULL || (c->status & DATA) == 0 || c->takes_packet)
                return 0;
        for (unsigned i = 0; i < width && c->sent < drive->bytes; i++)
                value |= (uint32_t)drive->data[c->sent++] << 8 * i;
        c->piece -= c->piece < width ? c->piece : width;
        if (c->piece == 0)
                next_piece(c, drive);
        return value;
}

static uint32_t read_register(unsigned n, unsigned offset)
{
        const struct channel *c = &channels[n];
        switch (offset) {
        case 2:
                return fake_ide.reason >= 0 ? (uint32_t)fake_ide.reason : c->reason;
        case 4:
                return c->low;
        case 5:
                return c->high;
        case 7:
                return drive_of(n) != NULL ? c->status : 0;
        default:
                return 0;
        }
}

/* Which channel a port belongs to, with its offset; else the access is one that the nucleus refuses. */
static bool find(uint16_t port, unsigned width, unsigned *channel, unsigned *offset)
{
        *channel = port >= 0x1f0 ? 0 : 1;
        *offset = port - (*channel == 0 ? 0x1f0u : 0x170u);
        const bool allowed = *offset < 8 && width <= 8 - *offset;
        fake_ide.refused += !allowed;
        return allowed;
}

uint32_t port_in(uint16_t port, unsigned width)
{
        unsigned n, offset;
        if (!find(port, width, &n, &offset))
                return UINT32_MAX;
        uint32_t value = offset == 0 ? read_data(n, width) : read_register(n, offset);
        if (fake_ide.floating[n])
                value = UINT32_MAX >> (32 - 8 * width);
        return fake_ide.lie != NULL ? fake_ide.lie(value) : value;
}

void port_out(uint16_t port, unsigned width, uint32_t value)
{
        unsigned n, offset;
        if (!find(port, width, &n, &offset))
                return;
        struct channel *c = &channels[n];
        if (offset == 0)
                take_packet(n, value);
        else if (offset == 4)
                c->low = (uint8_t)value;
        else if (offset == 5)
                c->high = (uint8_t)value;
        else if (offset == 6)
                c->selected = value >> 4 & 1;
        else if (offset == 7)
                command(n, (uint8_t)value);
}
