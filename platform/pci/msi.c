/* MSI with one message (PCI Local Bus 3.0, section 6.8.1). */
#include <errno.h>

#include <pci/pci.h>
#include <x86_64/interrupt/irq.h>

#define CONTROL_ENABLE   (0x01u << 16)
#define CONTROL_MULTIPLE (0x70u << 16) /* messages to use; 0: one */
#define CONTROL_64       (0x80u << 16)
#define ADDRESS          4u
#define DATA             8u /* 4 further on where addresses have 64 bits */
#define BYTES            14u

int pci_msi_enable(const struct pci_function *function, uint8_t capability, unsigned vector)
{
        if (capability > 0x100 - BYTES)
                return -EIO;
        uint32_t control = pci_read32(function, capability);
        bool wide = (control & CONTROL_64) != 0;
        pci_write32(function, capability + ADDRESS, (uint32_t)IRQ_MESSAGE_ADDRESS);
        if (wide)
                pci_write32(function, capability + ADDRESS + 4, (uint32_t)(IRQ_MESSAGE_ADDRESS >> 32));
        pci_write32(function, capability + DATA + (wide ? 4 : 0), IRQ_MESSAGE_DATA(vector));
        pci_write32(function, capability, (control & ~CONTROL_MULTIPLE) | CONTROL_ENABLE);
        return 0;
}
