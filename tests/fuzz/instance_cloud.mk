include tests/unit/libyaml_sources.mk
instance_cloud_SOURCES := $(filter-out libos/instance/cloud/keep.c,$(wildcard libos/instance/cloud/*.c)) libos/instance/values.c \
	libos/net/names/text.c libos/core/words.c libos/core/format.c $(LIBYAML_UNIT_SOURCES)
instance_cloud_CFLAGS := $(LIBYAML_UNIT_CFLAGS)
