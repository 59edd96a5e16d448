/*
 * The device under the CPU's one-shot timer (timer.h), one for each hypervisor. It rings by calling timer_interrupt.
 */
#ifndef CORACLE_X86_64_TIMER_DEVICE_H
#define CORACLE_X86_64_TIMER_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

struct timer_device {
        /*
         * It is `now`: rings once, at `deadline` or earlier; what it was armed for before is forgotten. A deadline in
         * the past rings at once. Returns the monotonic time at which it will ring. Interrupts are disabled.
         */
        uint64_t (*arm)(uint64_t now, uint64_t deadline);
};

extern const struct timer_device timer_of_apic;

/* Xen's. NULL: this is not Xen, or it gives us none. */
const struct timer_device *timer_of_xen(void);

/* ---- The local APIC's timer measures the time-stamp counter too. ---- */

/* Ticks for each second. */
uint64_t apic_timer_frequency(void);

/*
 * One reading of the running timer: the ticks left, read somewhere between two values of the time-stamp counter, and
 * which arming it belongs to: two readings of one arming tell how fast the counter runs. False when it does not run.
 */
struct timer_reading {
        uint64_t arming;
        uint64_t left;
        uint64_t before, after;
};
bool apic_timer_read(struct timer_reading *reading);

/* Lets it run as long as it can without a deadline, so that there is something to read. */
void apic_timer_run_free(void);

#endif
