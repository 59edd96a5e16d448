/*
 * The CPU's one-shot timer: the local APIC's, through the gate. Gate calls cost up to 35 us on a software KVM, so the
 * timer is armed again only when it would otherwise ring too late; one that rings too early finds nothing due, and is
 * armed for the rest.
 *
 * Invariant: while a deadline is set, the timer runs and rings no later than at the deadline.
 */
#include <x86_64/timer.h>

#include <errno.h>

#include <platform.h>
#include <x86_64/clock.h>
#include <x86_64/cpu.h>
#include <x86_64/gate_call.h>

#define NS_PER_SECOND 1000000000ull
#define LONG_WAIT     100000000ull  /* ns; from here on the clock's own error counts */
#define CLOCK_ERROR   1024u         /* one part in so many: more than the clock is ever wrong by */
#define TICKS_MAX     0xffffffffull /* the count register has 32 bits (Intel SDM volume 3, section 11.5.4) */

/* Per CPU, changed with interrupts disabled. */
struct one_shot {
        uint64_t deadline;      /* libos's; 0: none */
        uint64_t idle_deadline; /* of an idle that an interrupt ended early; 0: none */
        uint64_t rings;         /* monotonic time at which the running timer rings; 0: it does not run */
        uint64_t arming;        /* counts them */
        uint64_t armed_ticks;
};
static struct one_shot the_timer;

static struct one_shot *this_timer(void)
{
        return &the_timer;
}

uint64_t timer_frequency(void)
{
        /*
         * QEMU's APIC (hw/intc/apic.c) and KVM's (APIC_BUS_CYCLE_NS) count nanoseconds; Xen's counts units of 10 ns.
         */
        return gate_boot_info()->hypervisor == GATE_HV_XEN ? NS_PER_SECOND / 10 : NS_PER_SECOND;
}

static void arm_ticks(struct one_shot *timer, uint64_t ticks)
{
        timer->arming++;
        timer->armed_ticks = ticks;
        (void)gate_call(GATE_TIMER_ARM, ticks, 0, 0, 0);
}

static void arm_for(struct one_shot *timer, uint64_t now, uint64_t deadline)
{
        const uint64_t frequency = timer_frequency();
        const uint64_t longest = TICKS_MAX / frequency * NS_PER_SECOND;
        uint64_t wait = deadline > now ? deadline - now : 0;
        if (wait > longest)
                wait = longest;
        if (wait > LONG_WAIT) /* the timer and the clock run apart a little: ring early, then wait for the short rest */
                wait -= wait / CLOCK_ERROR;
        const uint64_t ticks = frequency == NS_PER_SECOND ? wait : wait * (frequency / 1000000) / 1000;
        timer->rings = now + wait;
        arm_ticks(timer, ticks + 1);
}

static void ring_by(struct one_shot *timer, uint64_t now, uint64_t deadline)
{
        if (timer->rings == 0 || timer->rings > deadline || timer->rings <= now)
                arm_for(timer, now, deadline);
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

bool timer_read(struct timer_reading *reading)
{
        const struct one_shot *timer = this_timer();
        reading->arming = timer->arming;
        reading->before = cpu_tsc();
        const int64_t left = gate_call(GATE_TIMER_READ, 0, 0, 0, 0);
        reading->after = cpu_tsc();
        reading->left = (uint64_t)left;
        return left > 0 && (uint64_t)left <= timer->armed_ticks;
}

void timer_run_free(void)
{
        struct one_shot *timer = this_timer();
        timer->rings = PLATFORM_FOREVER;
        arm_ticks(timer, TICKS_MAX);
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
