xen_grant_SOURCES := platform/xen/grant.c tests/unit/fake/no_threads.c
