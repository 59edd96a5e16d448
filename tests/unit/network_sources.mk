# The network stack on the fake machine: lwIP, sockets, threads, descriptors.
ifndef NETWORK_UNIT_SOURCES
NETWORK_UNIT_SOURCES := \
	$(filter-out libos/net/netdev.c libos/net/netdev_pool.c libos/net/statistics.c,$(wildcard libos/net/*.c)) $(wildcard libos/net/socket/*.c) \
	libos/net/names/text.c libos/net/names/servers.c libos/net/names/dns_message.c \
	libos/posix/file/install.c libos/posix/file/table.c libos/posix/file/close.c libos/posix/file/poll_source.c \
	libos/posix/file/ioctl.c libos/posix/wait/poll.c libos/posix/wait/epoll.c \
	libos/mem/page.c libos/mem/extent.c libos/mem/region.c \
	$(wildcard libos/sched/*.c) libos/core/hooks.c \
	libos/core/format.c tests/unit/fake/platform.c tests/unit/fake/network.c \
	$(addprefix $(LWIP)/src/,$(LWIP_SOURCES))
NETWORK_UNIT_CFLAGS := $(LWIP_INCLUDE) -w
$(addprefix $(LWIP)/src/,$(LWIP_SOURCES)): $(LWIP)/.unpacked ;
endif
