pci_SOURCES := platform/pci/function.c platform/pci/assign.c platform/pci/msix.c platform/virtio/pci.c \
               platform/virtio/virtio.c platform/virtio/virtqueue.c tests/unit/fake/pci_space.c \
               tests/unit/fake/driver_host.c
