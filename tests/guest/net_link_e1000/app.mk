NAME    := net_link_e1000
SOURCES := ../net_link/net_link.c
