format_SOURCES := libos/core/format.c
