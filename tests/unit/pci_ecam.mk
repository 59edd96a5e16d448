pci_ecam_SOURCES := platform/pci/ecam.c
