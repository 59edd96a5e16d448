NAME    := net_link_bridge
SOURCES := ../net_link/net_link.c
