NAME    := net_link_e1000e
SOURCES := ../net_link/net_link.c
