regions_SOURCES := libos/mem/page.c libos/mem/extent.c libos/mem/region.c libos/mem/heap.c $(wildcard libos/sched/*.c) libos/core/hooks.c tests/unit/fake/platform.c
regions_CFLAGS := -Dsbrk=libos_sbrk
