NAME    := disk_small_queue
SOURCES := ../disk/disk.c
