/* PCI configuration space of a few functions, in memory, with BARs that are sized as real ones are. */
#ifndef FAKE_PCI_SPACE_H
#define FAKE_PCI_SPACE_H

#include <pci/pci.h>

#define FAKE_PCI_FUNCTIONS 80

struct fake_pci_function {
        bool present;
        uint8_t bus, slot, function;
        uint32_t space[64];
        uint32_t bar_mask[6]; /* bits of each BAR that the function keeps as written */
};

extern struct fake_pci_function fake_pci[FAKE_PCI_FUNCTIONS];
extern unsigned fake_pci_accesses;
extern uint64_t fake_device_mapped[8]; /* physical addresses given to device_map, newest last */
extern unsigned fake_device_maps;
extern uint8_t fake_device_memory[1 << 16]; /* what device_map answers with */
extern unsigned fake_vectors;
extern void (*fake_handlers[16])(void *ctx);
extern void *fake_handler_ctx[16];
extern unsigned fake_routed_gsi, fake_routed_vector;
extern int fake_route_error;

void fake_pci_reset(void);

/* A function with its vendor and device; returns it for more. */
struct fake_pci_function *fake_pci_add(uint8_t bus, uint8_t slot, uint8_t function, uint16_t vendor, uint16_t device);

/* A 32-bit memory BAR. */
void fake_pci_bar(struct fake_pci_function *f, unsigned n, uint32_t address, uint32_t bytes);

/* Four bytes of configuration space. */
void fake_pci_put(struct fake_pci_function *f, unsigned offset, uint32_t value);

/* A virtio-pci network device as QEMU makes it: BAR 1 with MSI-X, BAR 4 with the registers. */
struct fake_pci_function *fake_pci_add_virtio(uint8_t slot);

#endif
