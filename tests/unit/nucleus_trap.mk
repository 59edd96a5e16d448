nucleus_trap_SOURCES := platform/x86_64/nucleus/trap.c
