/*
 * The scheduler's own view of CPUs and threads.
 *
 * Invariants, for any number of CPUs:
 * - A thread belongs to one CPU for its life: only that CPU runs it and its queues hold it. So thread_current() needs
 *   no protection against being moved between two instructions.
 * - A thread that is ready is on one of its CPU's two queues; one that runs, waits or is dead is on none of them.
 * - thread->state changes under the lock of what it waits for (to BLOCKED, from BLOCKED), else on its own CPU only.
 * - Everything in struct cpu but the queues, which have a lock, is touched by that CPU only, interrupts disabled.
 */
#ifndef CORACLE_SCHED_CPU_H
#define CORACLE_SCHED_CPU_H

#include <platform.h>

#include <coracle/list.h>
#include <coracle/sched.h>
#include <coracle/timer.h>

enum thread_state { THREAD_READY, THREAD_RUNNING, THREAD_BLOCKED, THREAD_DEAD };

struct thread {
        struct platform_context context;
        struct list link; /* in a run queue or in a wait queue */
        struct cpu *cpu;
        enum thread_state state;
        bool woken;             /* runs before threads that only compute, until it has used up a time slice */
        int wait_result;        /* of wait_queue_sleep */
        struct spinlock *guard; /* of the queue that it waits in */
        struct timer timeout;
        char name[THREAD_NAME_MAX];
        void (*entry)(void *argument);
        void *argument;
        void *stack; /* lowest address */
        size_t stack_bytes, guard_bytes;
        bool stack_is_callers;
        void (*reaped)(void *ctx); /* see struct thread_options */
        void *reaped_ctx;
        struct list every; /* the list of all threads */
};

struct cpu {
        struct thread *current;
        struct thread *leaving; /* the thread that the last switch left; settled by the one it came to */
        bool idle;
        bool reschedule;      /* the time slice is over and somebody waits */
        bool computing_turn;  /* this slice belongs to the threads that were not woken: they had none of the last */
        uint64_t slice_end;   /* PLATFORM_FOREVER: nobody waits, no slice is running */
        uint64_t timer_armed; /* the deadline that the platform's timer was last given */
        uint64_t idle_armed;  /* ... and the one that an idle left behind; the next platform_timer_arm replaces it */
        struct spinlock queues_lock;
        struct list woken;     /* ready since something they waited for happened */
        struct list computing; /* ready, and did not wait */
};

/* This CPU. Interrupts are disabled, or the caller is a thread, which stays on its CPU. */
static inline struct cpu *cpu_this(void)
{
        return platform_cpu_local();
}

/* Spinlocks where interrupts are known to be disabled already. */
static inline void spin_lock_raw(struct spinlock *lock)
{
        while (atomic_flag_test_and_set_explicit(&lock->held, memory_order_acquire))
                __builtin_ia32_pause();
}

static inline void spin_unlock_raw(struct spinlock *lock)
{
        atomic_flag_clear_explicit(&lock->held, memory_order_release);
}

extern struct cpu cpu_boot; /* start.c; the CPU that the guest starts on */

/* ---- run_queue.c; all with interrupts disabled ---- */

void cpu_start(struct cpu *cpu);

/* An interrupt is about to return to the thread that it interrupted. */
void cpu_interrupt_exit(void);

/* Makes a thread ready that is not: one that waited (`woken`), or a new one. */
void thread_make_ready(struct thread *thread, bool woken);

/* Gives the CPU to the next ready thread, or idles; returns when the calling thread runs again. */
void cpu_switch(void);

/* What a new thread does first: settles the thread that ran before it. */
void cpu_switched(void);

/* The calling thread goes to the end of the queue and lets the others run. */
void cpu_yield(void);

/* Some thread is ready to run on this CPU. */
static inline bool cpu_is_wanted(const struct cpu *cpu)
{
        return !list_empty(&cpu->woken) || !list_empty(&cpu->computing);
}

/* ---- time_slice.c; the weak ones are there when the program has timers or a second thread ---- */

/* Arms the platform's timer for the earliest of timers and time slice, unless it is already. */
void cpu_arm_timer(struct cpu *cpu);

/* Starts a time slice if somebody waits and none is running, and arms the timer. */
void cpu_share_time(struct cpu *cpu) __attribute__((weak));

/* The platform's timer has fired. */
void cpu_timer(void) __attribute__((weak));

/* ---- timer.c ---- */

/* Calls the functions of all timers whose deadline has passed. */
void timers_run(void);

/* The earliest deadline, PLATFORM_FOREVER when there is none. */
uint64_t timers_next(void) __attribute__((weak));

/* timer_start for a thread that is about to give up the CPU, which arms the platform's timer as it does. */
void timer_start_unarmed(struct timer *timer, uint64_t deadline);

/* ---- wait_queue.c ---- */

/* Takes a thread off the queue that it waits in and makes it ready. The queue's lock is held. */
void wait_end(struct thread *thread, int result);

/* ---- mutex.c ---- */

/* Locks a mutex that is not free; `sleep` is how to wait, until `deadline`. Returns what it returns. */
int mutex_lock_slowly(struct mutex *mutex, uint64_t deadline,
                      int (*sleep)(struct wait_queue *queue, struct spinlock *lock, uint64_t deadline));

/* ---- thread.c ---- */

/* Puts a thread on the list of all threads. */
void thread_register(struct thread *thread, const char *name);

/* Makes a thread's context call its entry and then thread_exit. */
void thread_prepare(struct thread *thread, void *stack_top, uintptr_t thread_pointer);

/* Frees a dead thread that no CPU runs any more. Weak: in create.c, no thread is dead where none was created. */
void thread_reap(struct thread *thread) __attribute__((weak));

#endif
