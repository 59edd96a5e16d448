xenstore_SOURCES := libos/mem/page.c libos/mem/extent.c libos/mem/region.c $(wildcard libos/sched/*.c) libos/core/hooks.c \
                    libos/core/format.c tests/unit/fake/platform.c tests/unit/fake/xen_event.c \
                    tests/unit/fake/xenstored.c $(wildcard platform/xen/store/*.c)
xenstore_CFLAGS  := -Wno-format-truncation # the fake store cuts paths
