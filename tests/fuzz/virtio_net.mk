virtio_net_SOURCES := platform/virtio/net.c platform/virtio/net_rx.c platform/virtio/net_tx.c platform/virtio/virtio.c \
                      platform/virtio/virtqueue.c tests/unit/fake/virtio_device.c libos/net/netdev_pool.c tests/unit/fake/driver_host.c \
                      tests/unit/fake/netdev.c
