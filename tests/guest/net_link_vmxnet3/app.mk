NAME    := net_link_vmxnet3
SOURCES := ../net_link/net_link.c
