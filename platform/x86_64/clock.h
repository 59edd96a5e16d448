/* What the timer tells the clock beside platform.h. */
#ifndef CORACLE_X86_64_CLOCK_H
#define CORACLE_X86_64_CLOCK_H

#include <stdint.h>

/*
 * The CPU has nothing to do, and the timer (0: does not run) rings at this time: when that is far off and the counter's
 * rate is not known well, measures it for 20 ms or until an interrupt is pending. A few times in a guest's life at
 * most.
 */
void clock_measure_while_idle(uint64_t timer_rings, const volatile uint8_t *interrupt_pending);

#endif
