include tests/unit/network_sources.mk
network_forged_SOURCES := $(NETWORK_UNIT_SOURCES)
network_forged_CFLAGS := $(NETWORK_UNIT_CFLAGS)
