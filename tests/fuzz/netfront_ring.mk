include tests/unit/xen_net_sources.mk
netfront_ring_SOURCES := $(XEN_NET_SOURCES)
