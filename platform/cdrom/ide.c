/*
 * CD-ROM drives on IDE channels, two on each: packets by programmed I/O (ATA/ATAPI-6, T13 1410D, section 9.8), without
 * interrupts.
 *
 * Ring 3 reaches the command blocks of the two channels that every PC has, at ports 0x1f0 and 0x170, and no other
 * ports. A controller in PCI native mode (PCI IDE Controller Specification 1.0) is told to use those, or moved there.
 * The control blocks are not needed: a drive is reset by a command of its own.
 */
#include <cdrom/cdrom.h>

#include <errno.h>
#include <string.h>

#include <coracle/log.h>
#include <x86_64/memory/device.h>

/* Registers of the command block: section 7 */
#define DATA       0u
#define FEATURES   1u
#define REASON     2u
#define COUNT_LOW  4u /* bytes of the next piece of data; after a reset, who it is */
#define COUNT_HIGH 5u
#define DEVICE     6u
#define STATUS     7u
#define COMMAND    7u

#define STATUS_ERROR 0x01
#define STATUS_DATA  0x08 /* DRQ */
#define STATUS_FAULT 0x20
#define STATUS_BUSY  0x80
#define FLOATING     0xff /* nobody drives the bus */

#define REASON_MASK    0x3
#define REASON_COMMAND 0x1 /* it waits for the packet */
#define REASON_TO_HOST 0x2 /* it has data */

#define DEVICE_SELECT(n) (0xa0u | (n) << 4)
#define DEVICE_RESET     0x08u /* section 8.6; what is no packet device does not know it */
#define SIGNATURE_LOW    0x14  /* section 9.12 */
#define SIGNATURE_HIGH   0xeb

#define SETTLE_READS 4u /* of a register, before the status is true: each takes 100 ns at least, and 400 must pass */

/* PCI configuration of the controller */
#define OFFSET_COMMAND  0x04u
#define OFFSET_MODE     0x08u
#define OFFSET_BAR(n)   (0x10u + 4 * (n))
#define COMMAND_IO      0x1u
#define MODE_NATIVE(n)  (0x100u << 2 * (n))
#define MODE_CAN_CHANGE 0x200u /* << 2 * channel */
#define BAR_IO          0x1u

#define CHANNELS 2u
static const uint16_t channel_base[CHANNELS] = {0x1f0, 0x170};

static uint8_t read_register(const struct cdrom *drive, unsigned offset)
{
        return (uint8_t)port_in((uint16_t)(drive->ide.base + offset), 1);
}

static void write_register(const struct cdrom *drive, unsigned offset, unsigned value)
{
        port_out((uint16_t)(drive->ide.base + offset), 1, value & 0xff);
}

/* ---- Data ---- */

static void read_data(const struct cdrom *drive, uint8_t *to, size_t bytes)
{
        while (bytes != 0) {
                const unsigned width = bytes >= 4 ? 4 : 2;
                const uint32_t value = port_in((uint16_t)(drive->ide.base + DATA), width);
                memcpy(to, &value, width);
                to += width;
                bytes -= width;
        }
}

static void write_data(const struct cdrom *drive, const uint8_t *from, size_t bytes)
{
        for (; bytes != 0; from += 2, bytes -= 2)
                port_out((uint16_t)(drive->ide.base + DATA), 2, from[0] | (uint32_t)from[1] << 8);
}

/* ---- Commands ---- */

static void settle(const struct cdrom *drive)
{
        for (unsigned i = 0; i < SETTLE_READS; i++)
                read_register(drive, STATUS);
}

/* Waits until the drive is not busy. Returns its status, or -ENODEV: it was given up. */
static int status_of(struct cdrom *drive, const struct cdrom_wait *wait)
{
        settle(drive);
        for (;;) {
                const uint8_t status = read_register(drive, STATUS);
                if (status == FLOATING)
                        return cdrom_give_up(drive, "it is gone");
                if ((status & STATUS_BUSY) == 0)
                        return status;
                if (cdrom_wait_is_over(wait))
                        return cdrom_give_up(drive, "it stays busy");
        }
}

static void select_drive(const struct cdrom *drive)
{
        write_register(drive, DEVICE, DEVICE_SELECT(drive->ide.device));
        settle(drive);
}

/* Takes the data that the drive has, piece by piece. Returns how many bytes, -EIO, -ENODEV. */
static int receive(struct cdrom *drive, const struct cdrom_wait *wait, uint8_t *buffer, size_t bytes)
{
        size_t got = 0;
        int status;
        while ((status = status_of(drive, wait)) >= 0 && (status & STATUS_DATA) != 0) {
                const unsigned piece = read_register(drive, COUNT_LOW) | (unsigned)read_register(drive, COUNT_HIGH)
                                                                                 << 8;
                if ((read_register(drive, REASON) & REASON_MASK) != REASON_TO_HOST)
                        return cdrom_give_up(drive, "it asks for data that nobody has");
                if (piece == 0 || piece % 2 != 0 || piece > bytes - got)
                        return cdrom_give_up(drive, "it sends other than it was asked for");
                read_data(drive, buffer + got, piece);
                got += piece;
        }
        if (status < 0)
                return status;
        return (status & (STATUS_ERROR | STATUS_FAULT)) != 0 ? -EIO : (int)got;
}

static int send(struct cdrom *drive, const uint8_t packet[CDROM_PACKET_BYTES], void *buffer, size_t bytes)
{
        struct cdrom_wait wait;
        cdrom_wait_start(&wait);
        select_drive(drive);
        int status = status_of(drive, &wait);
        if (status < 0)
                return status;
        write_register(drive, FEATURES, 0); /* no DMA */
        write_register(drive, COUNT_LOW, CDROM_TRANSFER & 0xff);
        write_register(drive, COUNT_HIGH, CDROM_TRANSFER >> 8);
        write_register(drive, COMMAND, CDROM_COMMAND_PACKET);
        status = status_of(drive, &wait);
        if (status < 0)
                return status;
        if ((status & STATUS_DATA) == 0)
                return (status & STATUS_ERROR) != 0 ? -EIO : cdrom_give_up(drive, "it does not take commands");
        if ((read_register(drive, REASON) & REASON_MASK) != REASON_COMMAND)
                return cdrom_give_up(drive, "it does not take commands");
        write_data(drive, packet, drive->packet_bytes);
        return receive(drive, &wait, buffer, bytes);
}

/* ---- What there is ---- */

/*
 * Whether a packet device is there. Of the two at a channel one that is absent is answered for by the other, or nobody
 * answers: the registers keep what was written, and a reset that is not understood leaves it too.
 */
static bool answers(struct cdrom *drive)
{
        struct cdrom_wait wait;
        cdrom_wait_start(&wait);
        select_drive(drive);
        if (read_register(drive, STATUS) == FLOATING)
                return false;
        write_register(drive, COUNT_LOW, 0);
        write_register(drive, COUNT_HIGH, 0);
        write_register(drive, COMMAND, DEVICE_RESET);
        return status_of(drive, &wait) >= 0 && read_register(drive, COUNT_LOW) == SIGNATURE_LOW &&
               read_register(drive, COUNT_HIGH) == SIGNATURE_HIGH;
}

static void look_at(uint16_t base, unsigned channel, uint8_t device)
{
        struct cdrom drive = {.send = send, .ide = {.base = base, .device = device}};
        struct cdrom_wait wait;
        uint16_t identity[CDROM_IDENTITY_WORDS];
        format_text(drive.place, sizeof(drive.place), "IDE channel %u, device %u", channel, device);
        if (!answers(&drive))
                return;
        cdrom_wait_start(&wait);
        write_register(&drive, COMMAND, CDROM_COMMAND_IDENTIFY);
        const int status = status_of(&drive, &wait);
        if (status < 0)
                return;
        if ((status & STATUS_DATA) == 0) {
                cdrom_give_up(&drive, "it does not say what it is");
                return;
        }
        read_data(&drive, (uint8_t *)identity, sizeof(identity));
        cdrom_add(&drive, identity);
}

/* Has the channel where we can reach it. False: it cannot be brought there, or another controller has that place. */
static bool take_place(const struct pci_function *function, unsigned channel, unsigned *taken)
{
        uint32_t mode = pci_read32(function, OFFSET_MODE);
        const unsigned bar = OFFSET_BAR(2 * channel);
        if ((*taken >> channel & 1) != 0)
                return false;
        if ((mode & MODE_NATIVE(channel)) != 0 && (mode & MODE_CAN_CHANGE << 2 * channel) != 0) {
                pci_write32(function, OFFSET_MODE, mode & ~MODE_NATIVE(channel));
                mode = pci_read32(function, OFFSET_MODE);
        }
        if ((mode & MODE_NATIVE(channel)) != 0) {
                pci_write32(function, bar, channel_base[channel] | BAR_IO);
                if (pci_read32(function, bar) != (channel_base[channel] | BAR_IO))
                        return false;
        }
        *taken |= 1u << channel;
        return true;
}

void ide_probe(const struct pci_function *function, unsigned *taken)
{
        const uint32_t decoding = pci_read32(function, OFFSET_COMMAND) & 0xffff;
        pci_write32(function, OFFSET_COMMAND, decoding | COMMAND_IO);
        for (unsigned channel = 0; channel < CHANNELS; channel++) {
                if (!take_place(function, channel, taken)) {
                        log_info("cdrom", "IDE channel %u of %02x:%02x.%x cannot be reached", channel, function->bus,
                                 function->slot, function->function);
                        continue;
                }
                for (uint8_t device = 0; device < 2; device++)
                        look_at(channel_base[channel], channel, device);
        }
}
