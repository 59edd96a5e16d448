virtqueue_SOURCES := platform/virtio/virtqueue.c tests/unit/fake/driver_host.c
