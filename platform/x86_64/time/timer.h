/*
 * The CPU's one-shot timer, under platform_timer_arm and platform_idle. The interrupt code calls timer_interrupt
 * for GATE_VECTOR_TIMER.
 */
#ifndef CORACLE_X86_64_TIMER_H
#define CORACLE_X86_64_TIMER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The timer's interrupt arrived; interrupts are disabled. Calls the hook of libos when the deadline set by
 * platform_timer_arm has passed; else the interrupt was a stage of a long wait, and the timer runs on.
 */
void timer_interrupt(void) __attribute__((weak));

/*
 * Before idling until a deadline: makes the timer ring by then. Returns 0, -ETIME when it has passed.
 *
 * Both are weak, for the code that every image has: they are there when something arms the timer.
 */
int timer_idle(uint64_t deadline) __attribute__((weak));

#endif
