CDROM_SOURCES := platform/cdrom/cdrom.c platform/cdrom/ide.c tests/unit/fake/ahci_driver.c platform/pci/function.c \
                 platform/pci/assign.c tests/unit/fake/atapi.c tests/unit/fake/ide.c tests/unit/fake/ahci.c \
                 tests/unit/fake/pci_space.c tests/unit/fake/driver_host.c
