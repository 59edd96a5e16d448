# libyaml, as it is linked into guests; it is not ours to make free of warnings.
ifndef LIBYAML_UNIT_SOURCES
LIBYAML_UNIT_SOURCES := $(addprefix $(LIBYAML)/src/,$(LIBYAML_SOURCES))
LIBYAML_UNIT_CFLAGS := $(LIBYAML_INCLUDE) $(LIBYAML_DEFINES) -w
$(LIBYAML_UNIT_SOURCES): $(LIBYAML)/.unpacked ;
endif
