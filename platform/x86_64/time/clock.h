/* The clock beside platform.h: where it comes from, and what timers and hypercalls ask of it. */
#ifndef CORACLE_X86_64_CLOCK_H
#define CORACLE_X86_64_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include <pvclock.h>

/* A clock that the hypervisor keeps in a page. */
struct hypervisor_clock {
        const volatile struct pvclock_time *page;
        bool (*epoch)(uint64_t *epoch); /* nanoseconds from 1970 to the page's time 0; false: it does not say */
};

/* The one of each hypervisor, its page filled in. NULL: this is not that hypervisor, or it offers none. */
const struct hypervisor_clock *clock_of_kvm(void);
const struct hypervisor_clock *clock_of_xen(void);

/* What the hypervisor's own clock shows at a monotonic time. The same time where it has none. */
uint64_t clock_of_hypervisor(uint64_t monotonic);

/* The date from the hypervisor's clock, as PLATFORM_CLOCK_EPOCH. False: it has none. */
bool clock_epoch_of_hypervisor(uint64_t *epoch);

/*
 * The CPU has nothing to do, and the timer (0: does not run) rings at this time: when that is far off and the counter's
 * rate is not known well, measures it for 20 ms or until an interrupt is pending. A few times in a guest's life at
 * most.
 */
void clock_measure_while_idle(uint64_t timer_rings, const volatile uint8_t *interrupt_pending);

#endif
