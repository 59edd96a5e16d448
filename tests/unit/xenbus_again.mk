include tests/unit/xenbus_sources.mk
xenbus_again_SOURCES := $(XENBUS_SOURCES)
xenbus_again_CFLAGS  := $(XENBUS_CFLAGS)
