xen_power_SOURCES := platform/power.c platform/xen/power/power.c platform/xen/power/control.c
