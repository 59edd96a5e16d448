/* virtio over PCI (virtio 1.2, section 4.1), modern interface, MSI-X. */
#ifndef CORACLE_VIRTIO_PCI_H
#define CORACLE_VIRTIO_PCI_H

#include <pci/pci.h>
#include <virtio/virtio.h>

/* A piece of a BAR that a virtio capability describes, mapped. */
struct virtio_pci_region {
        volatile uint8_t *at;
        uint32_t bytes;
};

struct virtio_pci {
        struct virtio_device device;
        const struct pci_function *function;
        struct virtio_pci_region common, notify, config;
        uint32_t notify_multiplier;
        struct pci_msix msix;
};

/* The virtio type of a PCI function, 0 when it is no virtio device. */
uint32_t virtio_pci_type(const struct pci_function *function);

/* Maps the device's registers. Returns 0 with pci->device ready for virtio_start, -EIO after saying what is wrong. */
int virtio_pci_open(struct virtio_pci *pci, const struct pci_function *function);

#endif
