include tests/unit/cdrom_sources.mk
cdrom_lies_SOURCES := $(CDROM_SOURCES) tests/unit/fake/cdrom_machine.c
