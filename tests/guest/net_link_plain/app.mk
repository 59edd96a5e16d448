NAME    := net_link_plain
SOURCES := ../net_link/net_link.c
