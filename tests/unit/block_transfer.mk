block_transfer_SOURCES := libos/block/blkdev.c libos/block/transfer.c tests/unit/fake/driver_host.c \
                          tests/unit/fake/no_threads.c
