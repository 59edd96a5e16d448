clock_arithmetic_SOURCES := platform/pvclock.c platform/x86_64/time/tsc_rate.c
