include tests/unit/network_sources.mk
network_recovery_SOURCES := $(NETWORK_UNIT_SOURCES)
network_recovery_CFLAGS := $(NETWORK_UNIT_CFLAGS)
