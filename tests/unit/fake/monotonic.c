/* The monotonic clock as the test sets it; see gate.h. */
#include <platform.h>

#include <x86_64/time/clock.h>

#include "gate.h"

uint64_t platform_clock_monotonic(void)
{
        return fake_gate.now;
}

void clock_measure_while_idle(uint64_t timer_rings, const volatile uint8_t *interrupt_pending)
{
        (void)timer_rings;
        (void)interrupt_pending;
}
