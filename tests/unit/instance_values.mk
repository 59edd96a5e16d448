instance_values_SOURCES := libos/instance/values.c libos/core/options.c libos/core/words.c libos/core/format.c
