# Coracle. `make help` lists what there is to ask for; the parts are in tools/make.

.SUFFIXES:
.SECONDARY:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-builtin-variables --no-print-directory
# As wide as the machine; a -j that was given wins, and a make within a make is told by its parent.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += --jobs=$(shell nproc)
endif
SHELL     := /bin/bash

# Which application: a name under apps/, or the path of a directory anywhere.
APP ?= httpd

.PHONY: all
all: sdk cli app

include tools/make/config.mk
include tools/make/third-party.mk
include tools/make/library.mk
include tools/make/sdk.mk
include tools/make/boot.mk
include tools/make/cli.mk
include tools/make/apps.mk
include tools/make/test.mk
include tools/make/lint.mk
include tools/make/install.mk
include tools/make/help.mk

.PHONY: clean FORCE
clean:
	rm -rf build
FORCE:
