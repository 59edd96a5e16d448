/* MSI-X (PCI Local Bus 3.0, section 6.8.2): a table of messages in a BAR. */
#include <errno.h>

#include <pci/pci.h>
#include <x86_64/memory/device.h>
#include <x86_64/interrupt/irq.h>

#define CONTROL_ENABLE (0x8000u << 16)
#define CONTROL_MASK   (0x4000u << 16)
#define CONTROL_SIZE   0x7ffu

#define ENTRY_BYTES      16u
#define ENTRY_MASKED     1u
#define TABLE_BAR        7u
#define TABLE_POINTER    4u
#define CAPABILITY_BYTES 12u

int pci_msix_open(struct pci_bars *bars, uint8_t capability, struct pci_msix *msix)
{
        const struct pci_function *function = bars->function;
        if (capability > 0x100 - CAPABILITY_BYTES)
                return -EIO;
        msix->capability = capability;
        msix->vectors = (pci_read32(function, capability) >> 16 & CONTROL_SIZE) + 1;
        uint32_t pointer = pci_read32(function, capability + TABLE_POINTER);
        uint32_t offset = pointer & ~TABLE_BAR;
        uint32_t bytes = msix->vectors * ENTRY_BYTES;
        struct pci_bar bar;
        if (pci_bar(bars, pointer & TABLE_BAR, &bar) != 0 || bar.bytes < bytes || offset > bar.bytes - bytes)
                return -EIO;
        msix->table = device_map(bar.address + offset, bytes);
        return msix->table != NULL ? 0 : -EIO;
}

int pci_msix_set(struct pci_msix *msix, unsigned entry, unsigned vector)
{
        if (entry >= msix->vectors)
                return -EINVAL;
        volatile uint8_t *at = msix->table + entry * ENTRY_BYTES;
        mmio_write32(at + 12, ENTRY_MASKED);
        mmio_write32(at, (uint32_t)IRQ_MESSAGE_ADDRESS);
        mmio_write32(at + 4, (uint32_t)(IRQ_MESSAGE_ADDRESS >> 32));
        mmio_write32(at + 8, IRQ_MESSAGE_DATA(vector));
        mmio_write32(at + 12, 0);
        return 0;
}

void pci_msix_enable(const struct pci_function *function, const struct pci_msix *msix)
{
        uint32_t control = pci_read32(function, msix->capability);
        pci_write32(function, msix->capability, (control | CONTROL_ENABLE) & ~CONTROL_MASK);
}
