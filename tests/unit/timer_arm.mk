timer_arm_SOURCES := platform/x86_64/timer.c tests/unit/fake/gate.c tests/unit/fake/monotonic.c
