include tests/unit/network_sources.mk
network_long_SOURCES := $(NETWORK_UNIT_SOURCES)
network_long_CFLAGS := $(NETWORK_UNIT_CFLAGS)
