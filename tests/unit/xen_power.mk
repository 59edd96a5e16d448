xen_power_SOURCES := platform/power.c platform/xen/power.c platform/xen/power_listen.c
