# What each of the unit tests of blkfront is made of.
XEN_BLK_SOURCES := $(wildcard platform/xen/blk/*.c) platform/xen/share/ring.c tests/unit/fake/blkback.c \
                   tests/unit/fake/blkdev.c tests/unit/fake/driver_host.c tests/unit/fake/no_threads.c \
                   tests/unit/fake/timer.c tests/unit/fake/xen_event.c tests/unit/fake/xen_grant.c \
                   tests/unit/fake/xenbus.c
