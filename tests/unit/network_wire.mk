include tests/unit/network_sources.mk
network_wire_SOURCES := $(NETWORK_UNIT_SOURCES)
network_wire_CFLAGS := $(NETWORK_UNIT_CFLAGS)
