nic_SOURCES := platform/nic/nic.c platform/nic/receive.c platform/nic/transmit.c tests/fuzz/nic_cards/e1000.c \
               tests/fuzz/nic_cards/vmxnet3.c platform/pci/function.c platform/pci/assign.c platform/pci/msi.c \
               platform/pci/msix.c platform/pci/intx.c tests/unit/fake/pci_space.c libos/net/netdev_pool.c tests/unit/fake/driver_host.c \
               tests/unit/fake/netdev.c tests/unit/fake/unrouted.c
