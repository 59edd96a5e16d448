NAME    := net_legacy
SOURCES := ../net_link/net_link.c
