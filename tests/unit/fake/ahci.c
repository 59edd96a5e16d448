/* An AHCI controller: see ahci.h. Written from AHCI 1.3.1, as the driver is. */
#include <fake/ahci.h>

#include <string.h>

#include <fake/pci_space.h>

#define BAR_OFFSET 0x2000u /* of the registers in fake_device_memory: what the tests' BAR leads to */

#define CLB  0x00
#define IS   0x10
#define CMD  0x18
#define TFD  0x20
#define SIG  0x24
#define SSTS 0x28
#define SERR 0x30
#define CI   0x38

#define TFD_BUSY  0x80u
#define TFD_READY 0x50u
#define TFD_ERROR 0x51u

struct fake_ahci fake_ahci;

static uint32_t *cell(unsigned offset)
{
        return (uint32_t *)(void *)(fake_device_memory + BAR_OFFSET + offset);
}

static uint32_t *port_cell(unsigned port, unsigned offset)
{
        return cell(0x100 + 0x80 * port + offset);
}

static bool is_there(unsigned port)
{
        return fake_ahci.drives[port] != NULL;
}

void fake_ahci_reset(void)
{
        memset(&fake_ahci, 0, sizeof(fake_ahci));
        fake_ahci.capabilities = 1u << 31 | 1u << 24;
}

/* The first frame from the drive. */
static void show_signature(unsigned port)
{
        *port_cell(port, SIG) = fake_ahci.drives[port]->is_disk ? 0x00000101 : 0xeb140101;
        *port_cell(port, TFD) = fake_ahci.busy ? TFD_BUSY : TFD_READY;
}

/* The registers as firmware left them. */
static uint32_t first_look(unsigned offset)
{
        for (unsigned port = 0; offset == 0x0c && port < 32; port++) {
                *port_cell(port, SIG) = UINT32_MAX;
                *port_cell(port, TFD) = 0x7f;
                *port_cell(port, SSTS) = is_there(port) ? 0x113 : 0;
                *port_cell(port, CMD) = fake_ahci.runs_on ? 0xc011 : 0;
                if (is_there(port) && !fake_ahci.silent_firmware)
                        show_signature(port);
        }
        if (offset == 0x0c)
                return UINT32_MAX;
        return offset == 0 ? fake_ahci.capabilities : *cell(offset);
}

uint32_t fake_ahci_read(const volatile void *address)
{
        const unsigned offset = (unsigned)((const volatile uint8_t *)address - fake_device_memory) - BAR_OFFSET;
        const uint32_t value = first_look(offset);
        return fake_ahci.lie != NULL ? fake_ahci.lie(value) : value;
}

/* ---- Commands ---- */

static void *pointer(const uint32_t *low)
{
        uint64_t address;
        memcpy(&address, low, sizeof(address));
        return (void *)(uintptr_t)address;
}

/* Moves data to the memory that the command has for it. */
static void move(uint32_t *header, const uint8_t *table, const struct fake_atapi *drive)
{
        uint32_t region[4];
        size_t bytes = drive->bytes;
        memcpy(region, table + 0x80, sizeof(region));
        const size_t room = header[0] >> 16 == 0 ? 0 : (region[3] & 0x3fffff) + 1;
        bytes = bytes < room ? bytes : room;
        if (bytes != 0)
                memcpy(pointer(region), drive->data, bytes);
        header[1] = (uint32_t)bytes + fake_ahci.excess;
}

static bool carry_out(struct fake_atapi *drive, uint32_t flags, const uint8_t *table)
{
        const bool packet = (flags >> 5 & 1) != 0;
        if (table[0] != 0x27 || table[1] != 0x80 || (flags & 0x1f) != 5 || packet != (table[2] == 0xa0))
                fake_ahci.strange++;
        if (!packet) {
                fake_atapi_identify(drive);
                return table[2] == 0xa1;
        }
        fake_ahci.features = table[3];
        return fake_atapi_packet(drive, table + 0x40, 16);
}

static void run(unsigned port)
{
        struct fake_atapi *drive = fake_ahci.drives[port];
        if (!is_there(port) || (*port_cell(port, CMD) & 0x11) != 0x11 || *port_cell(port, CI) != 0) {
                fake_ahci.strange++;
                return;
        }
        uint32_t *header = pointer(port_cell(port, CLB));
        const uint8_t *table = pointer(header + 2);
        *port_cell(port, CI) = 1;
        if (fake_ahci.never_done || (fake_ahci.packets_hang && (header[0] >> 5 & 1) != 0))
                return;
        const bool good = carry_out(drive, header[0], table);
        if (good)
                move(header, table, drive);
        *port_cell(port, TFD) = good ? TFD_READY : TFD_ERROR;
        *port_cell(port, IS) |= fake_ahci.happened | (good ? 0 : 1u << 30);
        if (good)
                *port_cell(port, CI) = 0; /* else it stays until the port is stopped */
}

static void control(unsigned port, uint32_t value)
{
        uint32_t *now = port_cell(port, CMD);
        const bool receives = (value & 0x10) != 0;
        if (receives && (*now & 0x10) == 0 && is_there(port))
                show_signature(port);
        if (fake_ahci.runs_on)
                value |= 0xc000;
        else
                value = (value & ~0xc008u) | (receives ? 0x4000 : 0) | ((value & 1) != 0 ? 0x8000 : 0);
        if ((value & 0x8000) == 0)
                *port_cell(port, CI) = 0;
        *now = value;
}

void fake_ahci_write(volatile void *address, uint32_t value)
{
        const unsigned offset = (unsigned)((volatile uint8_t *)address - fake_device_memory) - BAR_OFFSET;
        const unsigned port = (offset - 0x100) / 0x80, within = (offset - 0x100) % 0x80;
        if (offset < 0x100)
                *cell(offset) = value;
        else if (within == IS || within == SERR)
                *cell(offset) &= ~value;
        else if (within == CMD)
                control(port, value);
        else if (within == CI)
                run(port);
        else
                *cell(offset) = value;
}
