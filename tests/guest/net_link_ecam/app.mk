NAME    := net_link_ecam
SOURCES := ../net_link/net_link.c
