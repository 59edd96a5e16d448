virtio_mmio_SOURCES := platform/virtio/mmio.c platform/virtio/mmio_parse.c platform/virtio/virtio.c \
                       platform/virtio/virtqueue.c tests/unit/fake/pci_space.c tests/unit/fake/driver_host.c
