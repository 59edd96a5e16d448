NAME    := disk_errors
SOURCES := ../disk/disk.c
