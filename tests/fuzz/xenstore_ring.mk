xenstore_ring_SOURCES := platform/xen/xenstore.c platform/xen/xenstore_watch.c libos/core/format.c \
                         tests/unit/fake/xen_event.c
