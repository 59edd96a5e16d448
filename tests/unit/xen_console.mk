xen_console_SOURCES := platform/xen/console.c libos/core/format.c tests/unit/fake/gate.c
