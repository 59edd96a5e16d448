dns_reply_SOURCES := libos/net/names/dns_message.c
dns_reply_CFLAGS := -Ilibos/net
