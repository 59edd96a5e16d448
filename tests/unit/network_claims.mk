include tests/unit/network_sources.mk
network_claims_SOURCES := $(NETWORK_UNIT_SOURCES)
network_claims_CFLAGS := $(NETWORK_UNIT_CFLAGS)
