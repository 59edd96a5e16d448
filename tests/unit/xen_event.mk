xen_event_SOURCES := platform/xen/event.c platform/xen/shared_info.c platform/xen/hypercall.c tests/unit/fake/gate.c
