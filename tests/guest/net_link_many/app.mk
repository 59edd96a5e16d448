NAME    := net_link_many
SOURCES := ../net_link/net_link.c
