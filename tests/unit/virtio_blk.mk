virtio_blk_SOURCES := platform/virtio/blk.c platform/virtio/blk_queue.c platform/virtio/virtio.c \
                      platform/virtio/virtqueue.c tests/unit/fake/virtio_device.c tests/unit/fake/driver_host.c \
                      tests/unit/fake/blkdev.c
