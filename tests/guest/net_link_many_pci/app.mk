NAME    := net_link_many_pci
SOURCES := ../net_link/net_link.c
