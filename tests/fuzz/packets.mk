include tests/unit/network_sources.mk
packets_SOURCES := \
	$(filter-out libos/mem/% libos/sched/% libos/core/hooks.c libos/posix/wait/% tests/unit/fake/platform.c,$(NETWORK_UNIT_SOURCES)) \
	libos/posix/wait/epoll.c tests/unit/fake/single.c
packets_CFLAGS := $(NETWORK_UNIT_CFLAGS) -Ilibos/net
