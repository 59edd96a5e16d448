xen_ring_SOURCES := platform/xen/share/ring.c
