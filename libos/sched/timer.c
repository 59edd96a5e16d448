/*
 * The timer queue: a pairing heap (Fredman, Sedgewick, Sleator, Tarjan 1986) through the timers themselves. Starting
 * is O(1), taking one out O(log n) amortised, and nothing is ever allocated.
 *
 * Invariant: a timer's deadline is not before its parent's. A node's `previous` is its elder sibling, or its parent
 * when it is the eldest child; the root has none.
 */
#include "cpu.h"

static struct {
        struct spinlock lock;
        struct timer *root;
        struct timer *running; /* whose function is being called ... */
        struct cpu *runner;    /* ... by this CPU */
        _Atomic uint64_t rest; /* PLATFORM_FOREVER less the root's deadline, 0 when there is none; read without lock */
} timers;

static struct timer *meld(struct timer *a, struct timer *b)
{
        if (a == NULL)
                return b;
        if (b == NULL)
                return a;
        if (b->deadline < a->deadline) {
                struct timer *swap = a;

                a = b;
                b = swap;
        }
        b->previous = a;
        b->next = a->child;
        if (b->next != NULL)
                b->next->previous = b;
        a->child = b;
        return a;
}

/* Melds a list of siblings into one heap: in pairs from the eldest on, then the pairs from the last back. */
static struct timer *meld_siblings(struct timer *eldest)
{
        struct timer *pairs = NULL; /* linked through next, last pair first */

        while (eldest != NULL) {
                struct timer *a = eldest;
                struct timer *b = a->next;

                eldest = b == NULL ? NULL : b->next;
                a->next = NULL;
                a->previous = NULL;
                if (b != NULL) {
                        b->next = NULL;
                        b->previous = NULL;
                }
                a = meld(a, b);
                a->next = pairs;
                pairs = a;
        }

        struct timer *heap = NULL;

        while (pairs != NULL) {
                struct timer *pair = pairs;

                pairs = pair->next;
                pair->next = NULL;
                heap = meld(heap, pair);
        }
        return heap;
}

static void heap_insert(struct timer *timer)
{
        timer->child = NULL;
        timer->next = NULL;
        timer->previous = NULL;
        timer->queued = true;
        timers.root = meld(timers.root, timer);
}

static void heap_remove(struct timer *timer)
{
        struct timer *below = meld_siblings(timer->child);

        if (timer == timers.root) {
                timers.root = below;
        } else {
                if (timer->previous->child == timer)
                        timer->previous->child = timer->next;
                else
                        timer->previous->next = timer->next;
                if (timer->next != NULL)
                        timer->next->previous = timer->previous;
                timers.root = meld(timers.root, below);
        }
        if (timers.root != NULL)
                timers.root->previous = NULL;
        timer->queued = false;
}

/* After any change of the heap. */
static void publish(void)
{
        atomic_store_explicit(&timers.rest, timers.root == NULL ? 0 : PLATFORM_FOREVER - timers.root->deadline,
                              memory_order_relaxed);
}

void timer_init(struct timer *timer, void (*fn)(void *ctx), void *ctx)
{
        *timer = (struct timer){.fn = fn, .ctx = ctx};
}

void timer_start_unarmed(struct timer *timer, uint64_t deadline)
{
        spin_lock_raw(&timers.lock);
        if (timer->queued)
                heap_remove(timer);
        timer->deadline = deadline;
        heap_insert(timer);
        publish();
        spin_unlock_raw(&timers.lock);
}

void timer_start(struct timer *timer, uint64_t deadline)
{
        bool interrupts = platform_interrupts_disable();

        timer_start_unarmed(timer, deadline);
        cpu_arm_timer(cpu_this());
        platform_interrupts_restore(interrupts);
}

bool timer_cancel(struct timer *timer)
{
        bool interrupts = platform_interrupts_disable();

        spin_lock_raw(&timers.lock);
        while (timers.running == timer && timers.runner != cpu_this()) {
                spin_unlock_raw(&timers.lock);
                __builtin_ia32_pause();
                spin_lock_raw(&timers.lock);
        }

        bool queued = timer->queued;

        if (queued) {
                heap_remove(timer);
                publish();
        }
        spin_unlock_raw(&timers.lock);
        platform_interrupts_restore(interrupts);
        return queued;
}

uint64_t timers_next(void)
{
        return PLATFORM_FOREVER - atomic_load_explicit(&timers.rest, memory_order_relaxed);
}

void timers_run(void)
{
        spin_lock_raw(&timers.lock);
        while (timers.root != NULL && timers.root->deadline <= platform_clock_monotonic()) {
                struct timer *timer = timers.root;
                void (*fn)(void *) = timer->fn;
                void *ctx = timer->ctx;

                heap_remove(timer);
                timers.running = timer;
                timers.runner = cpu_this();
                publish();
                spin_unlock_raw(&timers.lock);
                fn(ctx);
                spin_lock_raw(&timers.lock);
                timers.running = NULL;
        }
        spin_unlock_raw(&timers.lock);
}
