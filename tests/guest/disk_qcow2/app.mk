NAME    := disk_qcow2
SOURCES := ../disk/disk.c
