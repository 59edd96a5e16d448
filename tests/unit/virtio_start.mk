virtio_start_SOURCES := platform/virtio/virtio.c platform/virtio/virtqueue.c tests/unit/fake/virtio_device.c \
                        tests/unit/fake/driver_host.c
