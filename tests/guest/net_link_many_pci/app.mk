NAME    := net_link_many_pci
SOURCES := ../net_link/net_link.c
CFLAGS  := -I$(DIR)/../net_link -I$(DIR)/../../../libos/include -I$(DIR)/../../../platform
