timer_arm_SOURCES := platform/x86_64/timer.c platform/x86_64/apic_timer.c platform/x86_64/idle.c tests/unit/fake/gate.c tests/unit/fake/monotonic.c
