xenstore_ring_SOURCES := platform/xen/store/xenstore.c platform/xen/store/watch.c libos/core/format.c \
                         tests/unit/fake/xen_event.c
