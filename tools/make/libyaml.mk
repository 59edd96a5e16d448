# libyaml: its reading half, as libcoracle-yaml.a for libos/instance/cloud. Its names are hidden like lwIP's, so a
# program may bring a libyaml of its own.
LIBYAML         := $(THIRD_PARTY)/libyaml
LIBYAML_SOURCES := api.c parser.c reader.c scanner.c
LIBYAML_DEFINES := -DYAML_VERSION_MAJOR=0 -DYAML_VERSION_MINOR=2 -DYAML_VERSION_PATCH=5 -DYAML_VERSION_STRING='"0.2.5"'
LIBYAML_INCLUDE := -isystem $(LIBYAML)/include
