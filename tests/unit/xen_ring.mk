xen_ring_SOURCES := platform/xen/ring.c
