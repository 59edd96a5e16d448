/* CD-ROM drives: which there are, whether there is a disc, and its blocks. See cdrom.h. */
#include <cdrom/cdrom.h>

#include <errno.h>
#include <string.h>

#include <coracle/log.h>
#include <coracle/options.h>

#define COMMAND_TIME 1000000000ull /* ns: a virtual drive answers in a hundredth of it */
#define WASTED_MOST  2000000000ull /* ns that drives which do not answer may cost together ... */
#define LEAST_TIME   10000000ull   /* ... and what one that comes after them is given */

/* PCI class codes, the two upper bytes: PCI Code and ID Assignment 1.11, section 1.2 */
#define OFFSET_CLASS 0x08u
#define CLASS_IDE    0x0101u
#define CLASS_SATA   0x0106u
#define SATA_AHCI    0x01u

/* Commands: SPC-3, section 6, and MMC-3, section 6 */
#define TEST_UNIT_READY 0x00u
#define REQUEST_SENSE   0x03u
#define READ_CAPACITY   0x25u
#define READ_10         0x28u

/* Sense data of fixed format: SPC-3, section 4.5.3 */
#define SENSE_BYTES    18u
#define SENSE_LEAST    13u /* up to the additional sense code */
#define SENSE_KEY      2u
#define SENSE_CODE     12u
#define KEY_RECOVERED  0x1u
#define KEY_NOT_READY  0x2u
#define KEY_ATTENTION  0x6u
#define CODE_NOT_READY 0x04u /* becoming ready, the most of them */
#define CODE_NO_MEDIUM 0x3au

#define CAPACITY_BYTES 8u

/* Identity: ATA/ATAPI-6, section 8.16, word 0 */
#define IDENTITY_KIND(word) ((word) >> 14)
#define IDENTITY_ATAPI      2u
#define IDENTITY_SET(word)  ((word) >> 8 & 0x1f)
#define IDENTITY_CDROM      5u
#define IDENTITY_SIZE(word) ((word)&3u)

static struct cdrom drives[CDROM_DRIVES_MAX];
static unsigned drive_count;
static bool looked;
static uint64_t wasted;

/* ---- For the controllers ---- */

int cdrom_give_up(struct cdrom *drive, const char *why)
{
        if (!drive->given_up)
                log_error("cdrom", "%s: %s; it is not used", drive->place, why);
        drive->given_up = true;
        return -ENODEV;
}

bool cdrom_add(const struct cdrom *drive, const uint16_t identity[CDROM_IDENTITY_WORDS])
{
        const unsigned word = identity[0];
        if (IDENTITY_KIND(word) != IDENTITY_ATAPI || IDENTITY_SET(word) != IDENTITY_CDROM || IDENTITY_SIZE(word) > 1) {
                log_info("cdrom", "%s: a device of kind 0x%04x, not a CD-ROM drive", drive->place, word);
                return false;
        }
        if (drive_count == CDROM_DRIVES_MAX) {
                log_info("cdrom", "%s: one drive too many; it is not used", drive->place);
                return false;
        }
        drives[drive_count] = *drive;
        drives[drive_count].packet_bytes = IDENTITY_SIZE(word) == 1 ? 16 : 12;
        log_info("cdrom", "cd%u: %s", drive_count, drive->place);
        drive_count++;
        return true;
}

void cdrom_wait_start(struct cdrom_wait *wait)
{
        const uint64_t left = WASTED_MOST - wasted, limit = left < COMMAND_TIME ? left : COMMAND_TIME;
        wait->start = platform_clock_monotonic();
        wait->deadline = wait->start + (limit > LEAST_TIME ? limit : LEAST_TIME);
}

bool cdrom_wait_is_over(const struct cdrom_wait *wait)
{
        const uint64_t now = platform_clock_monotonic();
        if (now < wait->deadline)
                return false;
        wasted = now - wait->start < WASTED_MOST - wasted ? wasted + (now - wait->start) : WASTED_MOST;
        return true;
}

/* ---- Commands ---- */

static uint32_t big_endian(const uint8_t *bytes)
{
        return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void put_big_endian(uint8_t *bytes, uint32_t value)
{
        for (unsigned i = 0; i < 4; i++)
                bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* The drive refused a command: -EAGAIN if it should be asked again, -ENOENT, or -ENODEV: it was given up. */
static int ask_why(struct cdrom *drive)
{
        const uint8_t packet[CDROM_PACKET_BYTES] = {[0] = REQUEST_SENSE, [4] = SENSE_BYTES};
        uint8_t sense[SENSE_BYTES] = {0};
        char why[48];
        const int got = drive->send(drive, packet, sense, sizeof(sense));
        if (got == -ENODEV)
                return got;
        if (got < (int)SENSE_LEAST)
                return cdrom_give_up(drive, "it does not say why it refuses a command");
        const unsigned key = sense[SENSE_KEY] & 0xf, code = sense[SENSE_CODE];
        if (key == KEY_NOT_READY && code == CODE_NO_MEDIUM)
                return -ENOENT;
        if (key <= KEY_RECOVERED || key == KEY_ATTENTION || (key == KEY_NOT_READY && code == CODE_NOT_READY))
                return -EAGAIN;
        format_text(why, sizeof(why), "it reports error %x/%02x", key, code);
        return cdrom_give_up(drive, why);
}

/*
 * Has a command carried out, again and again while the drive says that it is not ready yet. Returns 0 when exactly
 * `bytes` came, -ENOENT, -ENODEV.
 */
static int command(struct cdrom *drive, const uint8_t packet[CDROM_PACKET_BYTES], void *buffer, size_t bytes)
{
        struct cdrom_wait wait;
        cdrom_wait_start(&wait);
        do {
                const int got = drive->send(drive, packet, buffer, bytes);
                if (got >= 0)
                        return (size_t)got == bytes ? 0 : cdrom_give_up(drive, "it sends less than it was asked for");
                const int error = got == -EIO ? ask_why(drive) : got;
                if (error != -EAGAIN)
                        return error;
        } while (!cdrom_wait_is_over(&wait));
        return cdrom_give_up(drive, "it does not become ready");
}

static int read_blocks(struct cdrom *drive, uint32_t block, uint8_t *buffer, uint32_t blocks)
{
        uint8_t packet[CDROM_PACKET_BYTES] = {[0] = READ_10, [7] = (uint8_t)(blocks >> 8), [8] = (uint8_t)blocks};
        put_big_endian(packet + 2, block);
        return command(drive, packet, buffer, blocks * CDROM_BLOCK);
}

/* Asks for the disc. An empty drive is no error. */
static void look_for_disc(struct cdrom *drive)
{
        static const uint8_t ready[CDROM_PACKET_BYTES] = {TEST_UNIT_READY}, size[CDROM_PACKET_BYTES] = {READ_CAPACITY};
        uint8_t capacity[CAPACITY_BYTES];
        drive->looked_at = true;
        if (command(drive, ready, NULL, 0) != 0 || command(drive, size, capacity, sizeof(capacity)) != 0)
                return;
        const uint32_t last = big_endian(capacity);
        if (big_endian(capacity + 4) != CDROM_BLOCK || last == UINT32_MAX)
                cdrom_give_up(drive, "its disc has not blocks of 2048 bytes");
        else
                drive->bytes = ((uint64_t)last + 1) * CDROM_BLOCK;
}

/* ---- What there is ---- */

static void look(void)
{
        const struct pci_function *function;
        unsigned taken = 0;
        looked = true;
        if (option_word("virtio_mmio.device", 0) != NULL) /* this hypervisor has no PCI: virtio/probe.c */
                return;
        for (unsigned n = 0; (function = pci_function_get(n)) != NULL; n++) {
                const uint32_t class = pci_read32(function, OFFSET_CLASS);
                if (class >> 16 == CLASS_IDE)
                        ide_probe(function, &taken);
                else if (class >> 16 == CLASS_SATA && (class >> 8 & 0xff) == SATA_AHCI)
                        ahci_probe(function);
        }
}

int64_t cdrom_given(unsigned index, char name[PLATFORM_GIVEN_NAME], uint64_t offset, void *buffer, size_t bytes)
{
        if (!looked)
                look();
        if (index >= drive_count)
                return -ENOENT;
        struct cdrom *drive = &drives[index];
        format_text(name, PLATFORM_GIVEN_NAME, "cd%u", index);
        if (!drive->looked_at && !drive->given_up)
                look_for_disc(drive);
        uint8_t *to = buffer;
        uint64_t left = offset < drive->bytes ? drive->bytes - offset : 0;
        left = bytes < left ? bytes : left;
        while (left != 0 && !drive->given_up) {
                const uint32_t now = left < CDROM_TRANSFER ? (uint32_t)left : CDROM_TRANSFER;
                if (read_blocks(drive, (uint32_t)(offset / CDROM_BLOCK), to, now / CDROM_BLOCK) != 0)
                        return -ENODEV;
                to += now;
                offset += now;
                left -= now;
        }
        return drive->given_up ? -ENODEV : (int64_t)drive->bytes;
}

void cdrom_forget(void)
{
        memset(drives, 0, sizeof(drives));
        drive_count = 0;
        wasted = 0;
        looked = false;
}
