include tests/unit/network_sources.mk
network_blind_SOURCES := $(NETWORK_UNIT_SOURCES)
network_blind_CFLAGS := $(NETWORK_UNIT_CFLAGS)
