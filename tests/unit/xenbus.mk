include tests/unit/xenbus_sources.mk
xenbus_SOURCES := $(XENBUS_SOURCES)
xenbus_CFLAGS  := $(XENBUS_CFLAGS)
