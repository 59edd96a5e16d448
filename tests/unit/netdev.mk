netdev_SOURCES := libos/net/netdev.c tests/unit/fake/driver_host.c
