options_SOURCES := libos/core/options.c libos/core/words.c libos/core/format.c
