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

/* A function's base address registers as far as they were asked for: sizing one takes a dozen accesses. */
struct pci_bars {
        const struct pci_function *function;
        uint8_t known; /* bit n: bar[n] and error[n] hold the answer */
        int error[6];
        struct pci_bar bar[6];
};

/*
 * Where memory BAR `n` is and how large; gives it an address if firmware did not. Returns 0, -EINVAL (no such BAR),
 * -ENODEV (not implemented, or I/O), -EIO (its size or address makes no sense), -ENOSPC (no room for it).
 */
int pci_bar(struct pci_bars *bars, unsigned n, struct pci_bar *bar);

/* Lets the function decode memory and be bus master; no INTx. */
void pci_enable(const struct pci_function *function);

/*
 * A walk along the capabilities. A list that loops or leaves configuration space ends after 48 steps: there is no room
 * for more.
 */
struct pci_walk {
        const struct pci_function *function;
        uint8_t next;
        uint8_t left;
};

void pci_walk_start(struct pci_walk *walk, const struct pci_function *function);

/* The next capability's offset, and its first 4 bytes into *header (the lowest byte is its id). 0: no more. */
uint8_t pci_walk_next(struct pci_walk *walk, uint32_t *header);

#define PCI_CAPABILITY_MSI    0x05u
#define PCI_CAPABILITY_VENDOR 0x09u
#define PCI_CAPABILITY_MSIX   0x11u

struct pci_msix {
        volatile uint8_t *table;
        unsigned vectors;
        uint8_t capability;
};

/* Maps the table of the MSI-X capability at `capability`. Returns 0, -EIO (the table is not inside its BAR). */
int pci_msix_open(struct pci_bars *bars, uint8_t capability, struct pci_msix *msix);

/* Aims table entry `entry` at a vector of irq_vector_alloc. Returns 0 or -EINVAL. */
int pci_msix_set(struct pci_msix *msix, unsigned entry, unsigned vector);

/* Switches the function from INTx to MSI-X. */
void pci_msix_enable(const struct pci_function *function, const struct pci_msix *msix);

/* Has the MSI capability at `capability` send the vector of irq_vector_alloc. Returns 0 or -EIO. */
int pci_msi_enable(const struct pci_function *function, uint8_t capability, unsigned vector);

/*
 * For functions without messages, after pci_enable: calls handler(ctx), interrupts disabled, whenever the function's
 * wire is down, which another one may hold: the handler asks its device, and makes it let go. Returns 0, -ENODEV
 * (firmware did not say where the wire ends), -EINVAL (no I/O APIC has that input), -ENOSPC.
 */
int pci_intx_connect(const struct pci_function *function, void (*handler)(void *ctx), void *ctx);

#endif
