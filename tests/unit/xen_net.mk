include tests/unit/xen_net_sources.mk
xen_net_SOURCES := $(XEN_NET_SOURCES)
