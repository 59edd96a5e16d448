include tests/unit/network_sources.mk
network_fragments_SOURCES := $(NETWORK_UNIT_SOURCES)
network_fragments_CFLAGS := $(NETWORK_UNIT_CFLAGS)
