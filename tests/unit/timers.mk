timers_SOURCES := libos/mem/page.c libos/mem/extent.c libos/mem/region.c $(wildcard libos/sched/*.c) libos/core/hooks.c tests/unit/fake/platform.c
