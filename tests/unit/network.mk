include tests/unit/network_sources.mk
network_SOURCES := $(NETWORK_UNIT_SOURCES)
network_CFLAGS := $(NETWORK_UNIT_CFLAGS)
