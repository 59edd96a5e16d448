virtio_net_lies_SOURCES := platform/virtio/net.c platform/virtio/net_rx.c platform/virtio/net_tx.c platform/virtio/virtio.c \
                           platform/virtio/virtqueue.c libos/net/netdev_pool.c tests/unit/fake/virtio_device.c \
                           tests/unit/fake/driver_host.c tests/unit/fake/netdev.c tests/unit/fake/net_driver.c
