NAME    := disk_4096
SOURCES := ../disk/disk.c
