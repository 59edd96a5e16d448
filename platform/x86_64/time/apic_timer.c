/* The local APIC's timer, through the gate: a count of 32 bits that runs down (Intel SDM volume 3, section 11.5.4). */
#include <x86_64/time/timer_device.h>

#include <platform.h>
#include <x86_64/cpu.h>
#include <x86_64/gate_call.h>

#define NS_PER_SECOND 1000000000ull
#define LONG_WAIT     100000000ull /* ns; from here on the clock's own error counts */
#define CLOCK_ERROR   1024u        /* one part in so many: more than the clock is ever wrong by */
#define TICKS_MAX     0xffffffffull

/* Of this CPU; changed with interrupts disabled. */
static struct {
        uint64_t arming; /* counts them */
        uint64_t armed_ticks;
} state;

uint64_t apic_timer_frequency(void)
{
        /*
         * QEMU's APIC (hw/intc/apic.c) and KVM's (APIC_BUS_CYCLE_NS) count nanoseconds; Xen's counts units of 10 ns.
         */
        return gate_boot_info()->hypervisor == GATE_HV_XEN ? NS_PER_SECOND / 10 : NS_PER_SECOND;
}

static void arm_ticks(uint64_t ticks)
{
        state.arming++;
        state.armed_ticks = ticks;
        (void)gate_call(GATE_TIMER_ARM, ticks, 0, 0, 0);
}

static uint64_t arm(uint64_t now, uint64_t deadline)
{
        const uint64_t frequency = apic_timer_frequency();
        const uint64_t longest = TICKS_MAX / frequency * NS_PER_SECOND;
        uint64_t wait = deadline > now ? deadline - now : 0;
        if (wait > longest)
                wait = longest;
        if (wait > LONG_WAIT) /* the timer and the clock run apart a little: ring early, then wait for the short rest */
                wait -= wait / CLOCK_ERROR;
        const uint64_t ticks = frequency == NS_PER_SECOND ? wait : wait * (frequency / 1000000) / 1000;
        arm_ticks(ticks + 1);
        return now + wait;
}

const struct timer_device timer_of_apic = {.arm = arm};

bool apic_timer_read(struct timer_reading *reading)
{
        reading->arming = state.arming;
        reading->before = cpu_tsc();
        const int64_t left = gate_call(GATE_TIMER_READ, 0, 0, 0, 0);
        reading->after = cpu_tsc();
        reading->left = (uint64_t)left;
        return left > 0 && (uint64_t)left <= state.armed_ticks;
}

void apic_timer_run_free(void)
{
        arm_ticks(TICKS_MAX);
}
