/*
 * PCI configuration space, reached through ports (mechanism 1: PCI Local Bus 3.0, section 3.2.2.3.2) where the machine
 * has them, else memory-mapped (ECAM: PCI Express Base 5.0, section 7.2.2) where ACPI says (ecam.c).
 */
#include <pci/ecam.h>
#include <pci/pci.h>
#include <x86_64/memory/device.h>

#define PORT_ADDRESS   0xcf8u
#define PORT_DATA      0xcfcu
#define ADDRESS_ENABLE 0x80000000u

static enum { UNKNOWN, NONE, PORTS, ECAM } mechanism;
static struct ecam ecam;
static volatile uint8_t *ecam_bus[256]; /* mapped when first asked for */

bool pci_present(void)
{
        if (mechanism == UNKNOWN) {
                port_out(PORT_ADDRESS, 4, ADDRESS_ENABLE);
                if (port_in(PORT_ADDRESS, 4) == ADDRESS_ENABLE)
                        mechanism = PORTS;
                else
                        mechanism = ecam_find(&ecam) ? ECAM : NONE;
        }
        return mechanism != NONE;
}

static uint32_t port_address(const struct pci_function *f, unsigned offset)
{
        return ADDRESS_ENABLE | (uint32_t)f->bus << 16 | (uint32_t)f->slot << 11 | (uint32_t)f->function << 8 |
               (offset & 0xfc);
}

/* NULL: ECAM does not cover the bus. */
static volatile uint8_t *ecam_address(const struct pci_function *f, unsigned offset)
{
        if (f->bus > ecam.last_bus)
                return NULL;
        if (ecam_bus[f->bus] == NULL)
                ecam_bus[f->bus] = device_map(ecam.base + f->bus * ECAM_BUS_BYTES, ECAM_BUS_BYTES);
        if (ecam_bus[f->bus] == NULL)
                return NULL;
        return ecam_bus[f->bus] + ((unsigned)f->slot << 15 | (unsigned)f->function << 12 | (offset & 0xfc));
}

uint32_t pci_read32(const struct pci_function *function, unsigned offset)
{
        if (mechanism == PORTS) {
                port_out(PORT_ADDRESS, 4, port_address(function, offset));
                return port_in(PORT_DATA, 4);
        }
        volatile uint8_t *address = mechanism == ECAM ? ecam_address(function, offset) : NULL;
        return address != NULL ? mmio_read32(address) : UINT32_MAX;
}

void pci_write32(const struct pci_function *function, unsigned offset, uint32_t value)
{
        if (mechanism == PORTS) {
                port_out(PORT_ADDRESS, 4, port_address(function, offset));
                port_out(PORT_DATA, 4, value);
                return;
        }
        volatile uint8_t *address = mechanism == ECAM ? ecam_address(function, offset) : NULL;
        if (address != NULL)
                mmio_write32(address, value);
}
