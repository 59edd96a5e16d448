virtio_pci_SOURCES := platform/virtio/pci.c platform/virtio/virtio.c platform/virtio/virtqueue.c platform/pci/function.c \
                      platform/pci/assign.c platform/pci/msix.c platform/pci/enumerate.c tests/unit/fake/pci_space.c \
                      tests/unit/fake/driver_host.c
