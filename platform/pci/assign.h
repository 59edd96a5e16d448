/* Addresses for BARs that no firmware assigned. */
#ifndef CORACLE_PCI_ASSIGN_H
#define CORACLE_PCI_ASSIGN_H

#include <stdint.h>

/* A free, naturally aligned range of PCI memory space. Returns 0 or -ENOSPC. */
int pci_assign(uint64_t bytes, uint64_t *address);

#endif
