/* One PCI function: its base address registers (PCI Local Bus 3.0, section 6.2.5.1) and its capabilities (6.7). */
#include <errno.h>

#include <pci/assign.h>
#include <pci/pci.h>

#define OFFSET_COMMAND      0x04u /* status in the upper half: writing 0 there changes nothing */
#define OFFSET_BAR          0x10u
#define OFFSET_CAPABILITIES 0x34u

#define COMMAND_IO      0x001u
#define COMMAND_MEMORY  0x002u
#define COMMAND_MASTER  0x004u
#define COMMAND_NO_INTX 0x400u
#define STATUS_LIST     (0x10u << 16)

#define BAR_IO        0x1u
#define BAR_TYPE_MASK 0x6u
#define BAR_TYPE_64   0x4u
#define BAR_FLAGS     0xfu
#define BARS          6u

/* Capabilities are 4-aligned in 0x40..0xfc: no list is longer. */
#define CAPABILITIES_MAX  48u
#define CAPABILITIES_BASE 0x40u

static uint32_t command(const struct pci_function *function)
{
        return pci_read32(function, OFFSET_COMMAND) & 0xffff;
}

/* What the register keeps of all ones: the size, complemented. The function does not decode meanwhile. */
static uint64_t size_mask(const struct pci_function *function, unsigned offset, bool wide, uint64_t address)
{
        uint32_t decoding = command(function);
        pci_write32(function, OFFSET_COMMAND, decoding & ~(COMMAND_IO | COMMAND_MEMORY));
        pci_write32(function, offset, UINT32_MAX);
        uint64_t mask = pci_read32(function, offset) & ~BAR_FLAGS;
        pci_write32(function, offset, (uint32_t)address);
        if (wide) {
                pci_write32(function, offset + 4, UINT32_MAX);
                mask |= (uint64_t)pci_read32(function, offset + 4) << 32;
                pci_write32(function, offset + 4, (uint32_t)(address >> 32));
        } else if (mask != 0) {
                mask |= (uint64_t)UINT32_MAX << 32;
        }
        pci_write32(function, OFFSET_COMMAND, decoding);
        return mask;
}

static int assign(const struct pci_function *function, unsigned offset, bool wide, struct pci_bar *bar)
{
        int error = pci_assign(bar->bytes, &bar->address);
        if (error != 0)
                return error;
        uint32_t decoding = command(function);
        pci_write32(function, OFFSET_COMMAND, decoding & ~(COMMAND_IO | COMMAND_MEMORY));
        pci_write32(function, offset, (uint32_t)bar->address);
        if (wide)
                pci_write32(function, offset + 4, (uint32_t)(bar->address >> 32));
        pci_write32(function, OFFSET_COMMAND, decoding);
        return 0;
}

static int examine(const struct pci_function *function, unsigned n, struct pci_bar *bar)
{
        unsigned offset = OFFSET_BAR + 4 * n;
        uint32_t low = pci_read32(function, offset);
        bool wide = (low & BAR_TYPE_MASK) == BAR_TYPE_64;
        if ((low & BAR_IO) != 0)
                return -ENODEV;
        if (wide && n + 1 >= BARS)
                return -EIO;
        uint64_t high = wide ? pci_read32(function, offset + 4) : 0;
        bar->address = high << 32 | (low & ~BAR_FLAGS);
        uint64_t mask = size_mask(function, offset, wide, bar->address);
        if (mask == 0)
                return -ENODEV;
        bar->bytes = ~mask + 1;
        if ((bar->bytes & (bar->bytes - 1)) != 0)
                return -EIO;
        if (bar->address == 0)
                return assign(function, offset, wide, bar);
        return bar->address % bar->bytes == 0 && bar->address <= UINT64_MAX - bar->bytes ? 0 : -EIO;
}

int pci_bar(struct pci_bars *bars, unsigned n, struct pci_bar *bar)
{
        if (n >= BARS)
                return -EINVAL;
        if ((bars->known >> n & 1) == 0)
                bars->error[n] = examine(bars->function, n, &bars->bar[n]);
        bars->known |= (uint8_t)(1u << n);
        *bar = bars->bar[n];
        return bars->error[n];
}

void pci_enable(const struct pci_function *function)
{
        pci_write32(function, OFFSET_COMMAND, command(function) | COMMAND_MEMORY | COMMAND_MASTER | COMMAND_NO_INTX);
}

void pci_walk_start(struct pci_walk *walk, const struct pci_function *function)
{
        *walk = (struct pci_walk){.function = function, .left = CAPABILITIES_MAX};
        if ((pci_read32(function, OFFSET_COMMAND) & STATUS_LIST) != 0)
                walk->next = (uint8_t)(pci_read32(function, OFFSET_CAPABILITIES) & 0xfc);
}

uint8_t pci_walk_next(struct pci_walk *walk, uint32_t *header)
{
        uint8_t at = walk->next;
        if (at < CAPABILITIES_BASE || walk->left == 0)
                return 0;
        walk->left--;
        *header = pci_read32(walk->function, at);
        walk->next = (uint8_t)(*header >> 8 & 0xfc);
        return at;
}
