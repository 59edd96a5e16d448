timer_arm_SOURCES := platform/x86_64/time/timer.c platform/x86_64/time/apic_timer.c platform/x86_64/idle.c tests/unit/fake/gate.c tests/unit/fake/monotonic.c
