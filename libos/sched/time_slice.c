/*
 * Time slices, and the platform's timer: armed for the earliest of timers and slice. Linked when a program has timers
 * or creates a thread; with one thread there is nothing to share. The slice timer runs only while somebody waits for
 * the CPU.
 */
#include "cpu.h"

void cpu_arm_timer(struct cpu *cpu)
{
        uint64_t next = timers_next();

        if (cpu->slice_end < next)
                next = cpu->slice_end;
        if (next < cpu->timer_armed && next < cpu->idle_armed) {
                cpu->timer_armed = next;
                cpu->idle_armed = PLATFORM_FOREVER;
                platform_timer_arm(next);
        }
}

static void start_slice(struct cpu *cpu)
{
        if (cpu->slice_end == PLATFORM_FOREVER && cpu_is_wanted(cpu))
                cpu->slice_end = platform_clock_monotonic() + THREAD_TIME_SLICE;
}

static void end_slice(struct cpu *cpu)
{
        cpu->slice_end = PLATFORM_FOREVER;
        cpu->computing_turn = cpu->current->woken && !list_empty(&cpu->computing);
        cpu->current->woken = false;
        cpu->reschedule = cpu_is_wanted(cpu);
}

void cpu_timer(void)
{
        struct cpu *cpu = cpu_this();

        cpu->timer_armed = PLATFORM_FOREVER;
        cpu->idle_armed = PLATFORM_FOREVER;
        timers_run();
        if (cpu->slice_end != PLATFORM_FOREVER && !cpu->idle && platform_clock_monotonic() >= cpu->slice_end)
                end_slice(cpu);
        cpu_arm_timer(cpu);
}

void cpu_share_time(struct cpu *cpu)
{
        start_slice(cpu);
        cpu_arm_timer(cpu);
}
