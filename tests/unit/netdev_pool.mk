netdev_pool_SOURCES := libos/net/netdev_pool.c tests/unit/fake/driver_host.c
netdev_pool_LIBS    := -pthread
