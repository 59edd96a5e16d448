address_words_SOURCES := libos/net/config.c libos/net/names/text.c libos/core/format.c
address_words_CFLAGS := $(LWIP_INCLUDE) -Ilibos/net
