regions_SOURCES := libos/mem/page.c libos/mem/extent.c libos/mem/region.c libos/mem/heap.c libos/sched/mutex.c libos/sched/run_queue.c libos/sched/spinlock.c libos/sched/stack.c libos/sched/start.c libos/sched/thread.c libos/sched/thread_local.c libos/sched/timer.c libos/sched/wait_queue.c tests/unit/fake/platform.c
regions_CFLAGS := -Dsbrk=libos_sbrk
