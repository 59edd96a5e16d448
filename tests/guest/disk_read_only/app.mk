NAME    := disk_read_only
SOURCES := ../disk/disk.c
