/*
 * The CPU's one-shot timer: the hypervisor's or the local APIC's. Arming it takes up to 35 us on a software KVM, so it
 * is armed again only when it would otherwise ring too late; one that rings too early finds nothing due, and is armed
 * for the rest.
 *
 * Invariant: while a deadline is set, the timer runs and rings no later than at the deadline.
 */
#include <x86_64/time/timer.h>

#include <errno.h>
#include <stddef.h>

#include <platform.h>
#include <x86_64/time/clock.h>
#include <x86_64/gate_call.h>
#include <x86_64/time/timer_device.h>

/* Per CPU, changed with interrupts disabled. */
struct one_shot {
        uint64_t deadline;      /* libos's; 0: none */
        uint64_t idle_deadline; /* of an idle that an interrupt ended early; 0: none */
        uint64_t rings;         /* monotonic time at which the running timer rings; 0: it does not run */
};
static struct one_shot the_timer;

static struct one_shot *this_timer(void)
{
        return &the_timer;
}

/* Chosen when it is first armed, interrupts disabled. */
static const struct timer_device *device(void)
{
        static const struct timer_device *chosen;
        if (chosen == NULL)
                chosen = timer_of_xen();
        if (chosen == NULL)
                chosen = &timer_of_apic;
        return chosen;
}

static void ring_by(struct one_shot *timer, uint64_t now, uint64_t deadline)
{
        if (timer->rings == 0 || timer->rings > deadline || timer->rings <= now)
                timer->rings = device()->arm(now, deadline);
}

void platform_timer_arm(uint64_t deadline)
{
        const bool enabled = platform_interrupts_disable();
        struct one_shot *timer = this_timer();
        timer->idle_deadline = 0;
        if (deadline == PLATFORM_FOREVER) {
                timer->deadline = 0; /* a timer that still runs will find nothing due */
        } else {
                timer->deadline = deadline != 0 ? deadline : 1;
                ring_by(timer, platform_clock_monotonic(), timer->deadline);
        }
        platform_interrupts_restore(enabled);
}

/* Forgets a deadline that has passed. Returns whether it had. */
static bool has_passed(uint64_t *deadline, uint64_t now)
{
        if (*deadline == 0 || now < *deadline)
                return false;
        *deadline = 0;
        return true;
}

/* Whether the deadline set by platform_timer_arm has passed; it is then forgotten. Else the timer runs on for it. */
static bool has_expired(void)
{
        struct one_shot *timer = this_timer();
        timer->rings = 0;
        if (timer->deadline == 0 && timer->idle_deadline == 0)
                return false;
        const uint64_t now = platform_clock_monotonic();
        const bool armed_passed = has_passed(&timer->deadline, now);
        const bool idle_passed = has_passed(&timer->idle_deadline, now);
        if (timer->deadline != 0)
                ring_by(timer, now, timer->deadline);
        if (timer->idle_deadline != 0)
                ring_by(timer, now, timer->idle_deadline);
        return armed_passed || idle_passed;
}

void timer_interrupt(void)
{
        if (has_expired() && libos_hooks.timer != NULL)
                libos_hooks.timer();
}

int timer_idle(uint64_t deadline)
{
        struct one_shot *timer = this_timer();
        timer->idle_deadline = 0;
        if (deadline != PLATFORM_FOREVER) {
                const uint64_t now = platform_clock_monotonic();
                if (now >= deadline)
                        return -ETIME;
                timer->idle_deadline = deadline;
                ring_by(timer, now, deadline);
        }
        clock_measure_while_idle(timer->rings, &gate_cpu_page()->interrupts_pending);
        return 0;
}
