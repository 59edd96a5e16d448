/* PCI (PCI Local Bus 3.0, PCI Express Base 5.0): what drivers need. Nothing is probed before the first question. */
#ifndef CORACLE_PCI_H
#define CORACLE_PCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pci_function {
        uint8_t bus, slot, function;
        uint16_t vendor, device;
};

/* ---- Configuration space: aligned offsets below 256 ---- */

uint32_t pci_read32(const struct pci_function *function, unsigned offset);
void pci_write32(const struct pci_function *function, unsigned offset, uint32_t value);

/* Whether this machine has PCI at all; finds the way to reach it. */
bool pci_present(void);

/* ---- Enumeration ---- */

#define PCI_FUNCTIONS_MAX 64u

/* The n-th function found on all buses, or NULL beyond the last. The first call looks for them. */
const struct pci_function *pci_function_get(unsigned n);

/* ---- One function ---- */

struct pci_bar {
        uint64_t address; /* physical */
        uint64_t bytes;
};

/*
 * Where memory BAR `n` is and how large; gives it an address if firmware did not. Returns 0, -EINVAL (no such BAR),
 * -ENODEV (not implemented, or I/O), -EIO (its size or address makes no sense), -ENOSPC (no room for it).
 */
int pci_bar(const struct pci_function *function, unsigned n, struct pci_bar *bar);

/* Lets the function decode memory and be bus master; no INTx. */
void pci_enable(const struct pci_function *function);

/*
 * The offset of the next capability `id` after the one at `after` (0: the first), or 0. A list that loops or leaves
 * configuration space ends.
 */
uint8_t pci_capability(const struct pci_function *function, uint8_t id, uint8_t after);

#define PCI_CAPABILITY_VENDOR 0x09u
#define PCI_CAPABILITY_MSIX   0x11u

struct pci_msix {
        volatile uint8_t *table;
        unsigned vectors;
        uint8_t capability;
};

/* Finds and maps the MSI-X table. Returns 0, -ENODEV (no MSI-X), -EIO (the table is not inside its BAR). */
int pci_msix_open(const struct pci_function *function, struct pci_msix *msix);

/* Aims table entry `entry` at a vector of irq_vector_alloc. Returns 0 or -EINVAL. */
int pci_msix_set(struct pci_msix *msix, unsigned entry, unsigned vector);

/* Switches the function from INTx to MSI-X. */
void pci_msix_enable(const struct pci_function *function, const struct pci_msix *msix);

#endif
