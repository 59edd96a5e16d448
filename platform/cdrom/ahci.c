/*
 * CD-ROM drives on the ports of an AHCI controller (Serial ATA AHCI 1.3.1): one command at a time, in slot 0, its data
 * in memory of ours. A port of anything else is left as it was found.
 */
#include <cdrom/cdrom.h>

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include <coracle/log.h>
#include <coracle/memory.h>
#include <x86_64/memory/device.h>

/* Generic host control: section 3.1 */
#define CAP             0x00u
#define GHC             0x04u
#define PI              0x0cu
#define CAP_CLEARS_BUSY (1u << 24) /* SCLO */
#define CAP_64          (1u << 31)
#define GHC_AHCI        (1u << 31)

/* A port: section 3.3 */
#define PORT(n)   (0x100u + 0x80u * (n))
#define PORTS     32u
#define PORT_CLB  0x00u
#define PORT_CLBU 0x04u
#define PORT_FB   0x08u
#define PORT_FBU  0x0cu
#define PORT_IS   0x10u
#define PORT_IE   0x14u
#define PORT_CMD  0x18u
#define PORT_TFD  0x20u
#define PORT_SIG  0x24u
#define PORT_SSTS 0x28u
#define PORT_SERR 0x30u
#define PORT_CI   0x38u

#define IS_REFUSED    (1u << 30)   /* TFES */
#define IS_BROKEN     (0x7u << 27) /* interface or host bus: IFS, HBDS, HBFS */
#define CMD_START     (1u << 0)
#define CMD_CLEAR     (1u << 3) /* CLO */
#define CMD_RECEIVE   (1u << 4)
#define CMD_RECEIVING (1u << 14)
#define CMD_RUNNING   (1u << 15)
#define TFD_ERROR     0x21u /* error or fault */
#define TFD_BUSY      0x88u /* busy, or data to move */
#define SSTS_DETECTED 0x3u
#define SSTS_MASK     0xfu
#define SIG_PACKET    0xeb140101u
#define SIG_NONE      0xffffffffu /* nothing has been received since the reset */

/* Command header, table, and the frame with the command: sections 4.2.2, 4.2.3; Serial ATA 3.0, section 10.3.4 */
#define HEADER_FRAME_WORDS 5u
#define HEADER_PACKET      (1u << 5)
#define HEADER_REGIONS(n)  ((uint32_t)(n) << 16)
#define FRAME_TYPE         0x27u
#define FRAME_COMMAND      0x80u
#define FEATURE_DMA        0x01u
#define FEATURE_TO_HOST    0x04u

/* Identity: ATA/ATAPI-7, word 62: the drive wants to be told which way the data goes */
#define IDENTITY_DMA  62u
#define DMA_DIRECTION 0x8000u

struct ahci_memory {
        struct {
                uint32_t flags;
                uint32_t moved; /* bytes: the controller writes it */
                uint32_t table, table_high;
                uint32_t reserved[4];
        } list[32];
        uint8_t received[256];
        uint8_t frame[64];
        uint8_t packet[64];
        struct {
                uint32_t data, data_high;
                uint32_t reserved;
                uint32_t last; /* offset of the last byte */
        } region;
};

/* Alignments of section 3.3.1, 3.3.3 and 4.2.3; the structure begins a page. */
_Static_assert(offsetof(struct ahci_memory, received) % 256 == 0, "received FIS");
_Static_assert(offsetof(struct ahci_memory, frame) % 128 == 0, "command table");
_Static_assert(offsetof(struct ahci_memory, region) - offsetof(struct ahci_memory, frame) == 0x80, "PRDT");

static uint32_t read_port(const struct cdrom *drive, unsigned offset)
{
        return mmio_read32(drive->ahci.port + offset);
}

static void write_port(const struct cdrom *drive, unsigned offset, uint32_t value)
{
        mmio_write32(drive->ahci.port + offset, value);
}

/* ---- The port: section 10.3 ---- */

/* Waits until those bits of a register are clear. Returns whether they are. */
static bool is_clear(const struct cdrom *drive, unsigned offset, uint32_t bits)
{
        struct cdrom_wait wait;
        cdrom_wait_start(&wait);
        while ((read_port(drive, offset) & bits) != 0)
                if (cdrom_wait_is_over(&wait))
                        return false;
        return true;
}

/* No command runs. */
static bool stop_commands(const struct cdrom *drive)
{
        write_port(drive, PORT_CMD, read_port(drive, PORT_CMD) & ~CMD_START);
        return is_clear(drive, PORT_CMD, CMD_RUNNING);
}

/* Nothing is written to memory either. */
static bool stop(const struct cdrom *drive)
{
        if (!stop_commands(drive))
                return false;
        write_port(drive, PORT_CMD, read_port(drive, PORT_CMD) & ~CMD_RECEIVE);
        return is_clear(drive, PORT_CMD, CMD_RECEIVING);
}

static int give_up(struct cdrom *drive, const char *why)
{
        stop(drive);
        return cdrom_give_up(drive, why);
}

static void forget_errors(const struct cdrom *drive)
{
        write_port(drive, PORT_SERR, UINT32_MAX);
        write_port(drive, PORT_IS, UINT32_MAX);
}

static void start_commands(const struct cdrom *drive)
{
        write_port(drive, PORT_CMD, read_port(drive, PORT_CMD) | CMD_START);
}

/* After a command that ended badly: section 6.2.2.1. Returns -EIO, or -ENODEV: it was given up. */
static int recover(struct cdrom *drive)
{
        if (!stop_commands(drive))
                return give_up(drive, "it does not stop");
        forget_errors(drive);
        if ((read_port(drive, PORT_TFD) & TFD_BUSY) != 0 && drive->ahci.can_clear_busy) {
                write_port(drive, PORT_CMD, read_port(drive, PORT_CMD) | CMD_CLEAR);
                is_clear(drive, PORT_CMD, CMD_CLEAR);
        }
        if ((read_port(drive, PORT_TFD) & TFD_BUSY) != 0)
                return give_up(drive, "it stays busy");
        start_commands(drive);
        return -EIO;
}

/* ---- Commands ---- */

static void set_address(uint32_t *low, uint32_t *high, const void *memory)
{
        const uint64_t address = platform_dma_address(memory);
        *low = (uint32_t)address;
        *high = (uint32_t)(address >> 32);
}

static void fill(struct cdrom *drive, uint8_t command, const uint8_t *packet, size_t bytes)
{
        struct ahci_memory *memory = drive->ahci.memory;
        memset(memory->frame, 0, sizeof(memory->frame));
        memset(memory->packet, 0, sizeof(memory->packet));
        memory->frame[0] = FRAME_TYPE;
        memory->frame[1] = FRAME_COMMAND;
        memory->frame[2] = command;
        memory->frame[3] = packet != NULL ? drive->ahci.features : 0;
        if (packet != NULL)
                memcpy(memory->packet, packet, CDROM_PACKET_BYTES);
        memory->list[0].flags = HEADER_FRAME_WORDS | (packet != NULL ? HEADER_PACKET : 0) | HEADER_REGIONS(bytes != 0);
        memory->list[0].moved = 0;
        set_address(&memory->list[0].table, &memory->list[0].table_high, memory->frame);
        set_address(&memory->region.data, &memory->region.data_high, drive->ahci.data);
        memory->region.last = bytes != 0 ? (uint32_t)bytes - 1 : 0;
}

/* Waits for the command. Returns 0; -EIO: the drive refused it; -ENODEV. */
static int finish(struct cdrom *drive)
{
        struct cdrom_wait wait;
        cdrom_wait_start(&wait);
        for (;;) {
                const uint32_t pending = read_port(drive, PORT_CI), happened = read_port(drive, PORT_IS);
                if ((happened & IS_BROKEN) != 0)
                        return give_up(drive, "its controller reports a broken transfer");
                if ((happened & IS_REFUSED) != 0)
                        return recover(drive);
                if (pending == 0)
                        return (read_port(drive, PORT_TFD) & TFD_ERROR) != 0 ? recover(drive) : 0;
                if (cdrom_wait_is_over(&wait))
                        return give_up(drive, "it does not answer");
        }
}

/* Returns how many bytes are in the drive's memory, -EIO, -ENODEV. */
static int run(struct cdrom *drive, uint8_t command, const uint8_t *packet, size_t bytes)
{
        fill(drive, command, packet, bytes);
        forget_errors(drive);
        atomic_thread_fence(memory_order_seq_cst);
        write_port(drive, PORT_CI, 1);
        const int error = finish(drive);
        if (error != 0)
                return error;
        atomic_thread_fence(memory_order_acquire);
        const uint32_t moved = *(volatile const uint32_t *)&drive->ahci.memory->list[0].moved;
        return moved <= bytes ? (int)moved : give_up(drive, "it sends more than it was asked for");
}

static int send(struct cdrom *drive, const uint8_t packet[CDROM_PACKET_BYTES], void *buffer, size_t bytes)
{
        const int got = run(drive, CDROM_COMMAND_PACKET, packet, bytes);
        if (got > 0)
                memcpy(buffer, drive->ahci.data, (size_t)got);
        return got;
}

/* ---- What there is ---- */

static void free_memory(struct cdrom *drive)
{
        if (drive->ahci.data != NULL)
                page_free(drive->ahci.data, page_order(CDROM_TRANSFER));
        if (drive->ahci.memory != NULL)
                page_free(drive->ahci.memory, 0);
}

/* Returns whether there is memory that the controller can reach. */
static bool get_memory(struct cdrom *drive, bool reaches_all)
{
        _Static_assert(sizeof(struct ahci_memory) <= PLATFORM_PAGE_SIZE, "one page");
        drive->ahci.memory = page_alloc(0);
        drive->ahci.data = page_alloc(page_order(CDROM_TRANSFER));
        if (drive->ahci.memory != NULL && drive->ahci.data != NULL &&
            (reaches_all ||
             ((platform_dma_address(drive->ahci.memory) | platform_dma_address(drive->ahci.data)) >> 32) == 0)) {
                memset(drive->ahci.memory, 0, PLATFORM_PAGE_SIZE);
                return true;
        }
        free_memory(drive);
        cdrom_give_up(drive, "there is no memory that it can reach");
        return false;
}

/* Has the port receive into our memory: who is there says so then, if it has not before. */
static void start_receiving(const struct cdrom *drive)
{
        uint32_t low, high;
        write_port(drive, PORT_IE, 0);
        set_address(&low, &high, drive->ahci.memory);
        write_port(drive, PORT_CLB, low);
        write_port(drive, PORT_CLBU, high);
        set_address(&low, &high, drive->ahci.memory->received);
        write_port(drive, PORT_FB, low);
        write_port(drive, PORT_FBU, high);
        forget_errors(drive);
        write_port(drive, PORT_CMD, read_port(drive, PORT_CMD) | CMD_RECEIVE);
}

/* Returns whether the drive is there for good; otherwise the port is stopped, or has been given up. */
static bool start(struct cdrom *drive)
{
        uint16_t identity[CDROM_IDENTITY_WORDS];
        if (!is_clear(drive, PORT_TFD, TFD_BUSY)) {
                give_up(drive, "it stays busy");
                return false;
        }
        if (read_port(drive, PORT_SIG) != SIG_PACKET)
                return false;
        start_commands(drive);
        const int got = run(drive, CDROM_COMMAND_IDENTIFY, NULL, sizeof(identity));
        if (got != (int)sizeof(identity)) {
                if (got != -ENODEV)
                        give_up(drive, "it does not say what it is");
                return false;
        }
        memcpy(identity, drive->ahci.data, sizeof(identity));
        drive->ahci.features =
                (uint8_t)(FEATURE_DMA | ((identity[IDENTITY_DMA] & DMA_DIRECTION) != 0 ? FEATURE_TO_HOST : 0));
        return cdrom_add(drive, identity);
}

static void look_at(const struct pci_function *function, volatile uint8_t *registers, unsigned number)
{
        struct cdrom drive = {.send = send, .ahci.port = registers + PORT(number)};
        const uint32_t capabilities = mmio_read32(registers + CAP);
        const uint32_t signature = read_port(&drive, PORT_SIG);
        if ((read_port(&drive, PORT_SSTS) & SSTS_MASK) != SSTS_DETECTED ||
            (signature != SIG_PACKET && signature != SIG_NONE))
                return;
        drive.ahci.can_clear_busy = (capabilities & CAP_CLEARS_BUSY) != 0;
        format_text(drive.place, sizeof(drive.place), "AHCI %02x:%02x.%x port %u", function->bus, function->slot,
                    function->function, number);
        if (!stop(&drive)) {
                cdrom_give_up(&drive, "it does not stop");
                return;
        }
        if (!get_memory(&drive, (capabilities & CAP_64) != 0))
                return;
        start_receiving(&drive);
        if (!start(&drive) && stop(&drive)) /* else it may write there still */
                free_memory(&drive);
}

void ahci_probe(const struct pci_function *function)
{
        struct pci_bars bars = {.function = function};
        struct pci_bar bar;
        if (pci_bar(&bars, 5, &bar) != 0 || bar.bytes < PORT(1)) {
                log_info("cdrom", "AHCI %02x:%02x.%x has no registers", function->bus, function->slot,
                         function->function);
                return;
        }
        const uint32_t bytes = bar.bytes < PORT(PORTS) ? (uint32_t)bar.bytes : PORT(PORTS);
        pci_enable(function);
        volatile uint8_t *registers = device_map(bar.address, bytes);
        if (registers == NULL)
                return;
        mmio_write32(registers + GHC, GHC_AHCI); /* and no interrupts */
        const uint32_t ports = mmio_read32(registers + PI);
        for (unsigned n = 0; n < PORTS && PORT(n + 1) <= bytes; n++)
                if ((ports >> n & 1) != 0)
                        look_at(function, registers, n);
}
