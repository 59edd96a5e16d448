xen_grant_SOURCES := platform/xen/share/grant.c tests/unit/fake/no_threads.c
