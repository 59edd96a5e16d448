device_address_SOURCES := libos/mem/page.c libos/mem/extent.c libos/mem/region.c libos/mem/heap.c \
                          libos/mem/device_address.c libos/core/hooks.c $(wildcard libos/sched/*.c) tests/unit/fake/platform.c
device_address_CFLAGS := -Dsbrk=libos_sbrk
