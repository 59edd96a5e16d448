/*
 * The CPU's one-shot timer, under platform_timer_arm and platform_idle. The interrupt code calls timer_expired for
 * GATE_VECTOR_TIMER and then, only if it returns true, the hook that libos registered.
 */
#ifndef CORACLE_X86_64_TIMER_H
#define CORACLE_X86_64_TIMER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The timer's interrupt arrived; interrupts are disabled. Returns true when the deadline set by platform_timer_arm has
 * passed (it is then forgotten), false when the interrupt was a stage of a long wait and the timer runs on.
 */
bool timer_expired(void);

/* Ticks for each second of the local APIC's timer, as this hypervisor runs it. */
uint64_t timer_frequency(void);

/*
 * One reading of the running timer for the clock's calibration: ticks counted since it was armed, and the time-stamp
 * counter around the arming and around this reading. False when the timer does not run.
 */
struct timer_sample {
        uint64_t ticks;
        uint64_t armed_before, armed_after;
        uint64_t read_before, read_after;
};
bool timer_sample(struct timer_sample *sample);

/* Lets the timer run as long as it can without a deadline, so that there is something to sample. */
void timer_run_free(void);

#endif
