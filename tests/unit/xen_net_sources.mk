# What each of the unit tests of netfront is made of.
XEN_NET_SOURCES := $(wildcard platform/xen/net/*.c) platform/xen/share/ring.c tests/unit/fake/netback.c \
                   libos/net/netdev_pool.c tests/unit/fake/driver_host.c tests/unit/fake/netdev.c tests/unit/fake/no_threads.c \
                   tests/unit/fake/xen_event.c tests/unit/fake/xen_grant.c tests/unit/fake/xenbus.c
