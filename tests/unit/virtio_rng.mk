virtio_rng_SOURCES := platform/virtio/rng.c platform/virtio/virtio.c platform/virtio/virtqueue.c \
                      tests/unit/fake/virtio_device.c tests/unit/fake/driver_host.c
