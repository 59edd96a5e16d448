NAME    := net_legacy_pci
SOURCES := ../net_link/net_link.c
