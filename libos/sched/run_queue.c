/*
 * Which thread runs: round robin for each CPU, preemption, idling.
 *
 * Threads that something has happened for go before those that only compute, and take the CPU from them at the end of
 * an interrupt, so that a sleeper or a server is punctual beside a computation. So that nobody starves: a thread that
 * still runs when a time slice ends counts as computing from then on, and when that was one of the woken, the next
 * slice belongs to the computing ones. time_slice.c measures the slices, where there are several threads at all.
 *
 * There is no idle thread: the thread that gives up the CPU last idles in cpu_switch, on its own stack.
 */
#include "cpu.h"

#include <errno.h>

void cpu_interrupt_exit(void)
{
        struct cpu *cpu = cpu_this();
        struct thread *thread = cpu->current;

        if (cpu->idle)
                return;
        if (cpu->reschedule) {
                cpu_yield();
        } else if (!list_empty(&cpu->woken) && !thread->woken && !cpu->computing_turn) {
                thread->state = THREAD_READY;
                spin_lock_raw(&cpu->queues_lock);
                list_insert_before(list_first(&cpu->computing), &thread->link); /* it has not had its slice yet */
                spin_unlock_raw(&cpu->queues_lock);
                cpu_switch();
        }
}

void cpu_start(struct cpu *cpu)
{
        list_init(&cpu->woken);
        list_init(&cpu->computing);
        cpu->slice_end = PLATFORM_FOREVER;
        cpu->timer_armed = PLATFORM_FOREVER;
        cpu->idle_armed = PLATFORM_FOREVER;
}

static void enqueue(struct cpu *cpu, struct thread *thread, bool woken)
{
        thread->woken = woken;
        thread->state = THREAD_READY;
        spin_lock_raw(&cpu->queues_lock);
        list_append(woken ? &cpu->woken : &cpu->computing, &thread->link);
        spin_unlock_raw(&cpu->queues_lock);
}

void thread_make_ready(struct thread *thread, bool woken)
{
        struct cpu *cpu = thread->cpu;

        enqueue(cpu, thread, woken);
        if (cpu == cpu_this() && !cpu->idle && cpu_share_time != NULL)
                cpu_share_time(cpu);
}

static struct thread *take_next(struct cpu *cpu)
{
        struct list *queue = &cpu->woken;
        struct thread *thread = NULL;

        spin_lock_raw(&cpu->queues_lock);
        if (list_empty(queue) || (cpu->computing_turn && !list_empty(&cpu->computing)))
                queue = &cpu->computing;
        if (!list_empty(queue)) {
                thread = list_entry(list_first(queue), struct thread, link);
                list_remove(&thread->link);
        }
        spin_unlock_raw(&cpu->queues_lock);
        return thread;
}

/* Sleeps until an interrupt, then lets its handlers run. */
static void idle(struct cpu *cpu)
{
        uint64_t deadline = timers_next == NULL ? PLATFORM_FOREVER : timers_next();

        cpu->idle = true;
        cpu->slice_end = PLATFORM_FOREVER;
        cpu->computing_turn = false;

        int error = platform_idle(deadline);

        cpu->idle_armed = error == 0 ? deadline : PLATFORM_FOREVER;
        platform_interrupts_restore(true);
        platform_interrupts_disable();
        if (error == -ETIME && cpu_timer != NULL && timers_next != NULL && timers_next() <= deadline)
                cpu_timer();
        cpu->idle = false;
}

void cpu_switched(void)
{
        struct cpu *cpu = cpu_this();
        struct thread *left = cpu->leaving;

        cpu->leaving = NULL;
        if (left != NULL && left->state == THREAD_DEAD && thread_reap != NULL)
                thread_reap(left);
}

void cpu_switch(void)
{
        struct cpu *cpu = cpu_this();
        struct thread *previous = cpu->current;
        struct thread *next = take_next(cpu);

        while (next == NULL) {
                idle(cpu);
                next = take_next(cpu);
        }
        if (cpu_share_time != NULL)
                cpu_share_time(cpu);
        cpu->reschedule = false;
        next->state = THREAD_RUNNING;
        if (next == previous)
                return;
        cpu->current = next;
        cpu->leaving = previous;
        platform_context_switch(&previous->context, &next->context);
        cpu_switched();
}

void cpu_yield(void)
{
        struct cpu *cpu = cpu_this();

        cpu->reschedule = false;
        if (!cpu_is_wanted(cpu))
                return;
        enqueue(cpu, cpu->current, false);
        cpu_switch();
}
