network_text_SOURCES := libos/net/config.c libos/net/names/text.c libos/net/names/dns_message.c libos/net/checksum.c libos/core/format.c
network_text_CFLAGS := $(LWIP_INCLUDE) -Ilibos/net -w
