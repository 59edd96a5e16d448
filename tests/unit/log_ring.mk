log_ring_SOURCES := libos/core/log.c libos/core/format.c
