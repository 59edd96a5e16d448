nucleus_xen_SOURCES := platform/x86_64/nucleus/xen.c
