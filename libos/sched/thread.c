/*
 * Threads: their creation and end.
 *
 * A thread's stack, its struct thread and its thread-local storage share one region: the stack below, then the others
 * up to the top. A dead thread is freed by the thread that runs after it on its CPU, when nothing uses its stack any
 * more.
 */
#include "cpu.h"
#include "stack.h"
#include "thread_local.h"

#include <errno.h>
#include <string.h>

#include <coracle/memory.h>

#define STACK_DEFAULT (128 * 1024ul)
#define ALIGNMENT     64ul

static struct spinlock threads_lock;
static struct list threads = LIST_INIT(threads); /* all that are not dead */
static unsigned threads_alive;

static void copy_name(char *to, const char *name)
{
        size_t i = 0;

        for (; name != NULL && name[i] != '\0' && i < THREAD_NAME_MAX - 1; i++)
                to[i] = name[i];
        to[i] = '\0';
}

void thread_register(struct thread *thread, const char *name)
{
        copy_name(thread->name, name);
        spin_lock(&threads_lock);
        list_append(&threads, &thread->every);
        threads_alive++;
        spin_unlock(&threads_lock);
}

static void run(void *argument)
{
        struct thread *thread = argument;

        cpu_switched();
        platform_interrupts_restore(true);
        thread->entry(thread->argument);
        thread_exit();
}

void thread_prepare(struct thread *thread, void *stack_top, uintptr_t thread_pointer)
{
        platform_context_init(&thread->context, stack_top, thread_pointer, run, thread);
}

static size_t round_up_to_page(size_t bytes)
{
        return (bytes + PLATFORM_PAGE_SIZE - 1) & ~(PLATFORM_PAGE_SIZE - 1);
}

/* What the struct thread and the thread-local storage take away from the top of a region. */
static size_t overhead(void)
{
        char *top = (char *)(1ul << 30); /* any aligned address */

        return (size_t)(top - thread_local_bottom(top)) + sizeof(struct thread) + 2 * ALIGNMENT;
}

int thread_create(struct thread **created, const struct thread_options *options, void (*entry)(void *), void *argument)
{
        static const struct thread_options defaults;

        if (options == NULL)
                options = &defaults;

        size_t guard_bytes =
                options->no_guard ? 0 : round_up_to_page(options->guard_bytes == 0 ? 1 : options->guard_bytes);
        size_t bytes = options->stack_bytes == 0 ? STACK_DEFAULT : options->stack_bytes;
        char *stack = options->stack;

        if (stack == NULL) {
                if (bytes > SIZE_MAX / 4 || guard_bytes > SIZE_MAX / 4)
                        return -EAGAIN;
                bytes = round_up_to_page(bytes + overhead());
                stack = stack_alloc(bytes, guard_bytes);
                if (stack == NULL)
                        return -EAGAIN;
        }

        uintptr_t thread_pointer = thread_local_create(stack + bytes);
        char *below = thread_local_bottom(stack + bytes) - sizeof(struct thread);
        struct thread *thread = (struct thread *)((uintptr_t)below & ~(ALIGNMENT - 1));

        *thread = (struct thread){
                .cpu = cpu_this(),
                .entry = entry,
                .argument = argument,
                .stack = stack,
                .stack_bytes = bytes,
                .guard_bytes = guard_bytes,
                .stack_is_callers = options->stack != NULL,
                .reaped = options->reaped,
                .reaped_ctx = options->reaped_ctx,
        };
        thread_prepare(thread, thread, thread_pointer);
        thread_register(thread, options->name);
        if (created != NULL)
                *created = thread;

        bool interrupts = platform_interrupts_disable();

        thread_make_ready(thread, false);
        platform_interrupts_restore(interrupts);
        return 0;
}

_Noreturn void thread_exit_locked(struct spinlock *lock)
{
        struct thread *thread = cpu_this()->current;

        spin_lock_raw(&threads_lock);
        list_remove(&thread->every);
        threads_alive--;
        spin_unlock_raw(&threads_lock);
        thread->state = THREAD_DEAD;
        if (lock != NULL)
                spin_unlock_raw(lock);
        cpu_switch();
        platform_crash("a dead thread was run");
}

_Noreturn void thread_exit(void)
{
        platform_interrupts_disable();
        thread_exit_locked(NULL);
}

void thread_reap(struct thread *thread)
{
        void (*reaped)(void *) = thread->reaped;
        void *ctx = thread->reaped_ctx;

        if (thread->stack != NULL && !thread->stack_is_callers)
                stack_free(thread->stack, thread->stack_bytes, thread->guard_bytes);
        if (reaped != NULL)
                reaped(ctx);
}

struct thread *thread_current(void)
{
        struct cpu *cpu = cpu_this();

        return cpu == NULL ? NULL : cpu->current;
}

void thread_yield(void)
{
        bool interrupts = platform_interrupts_disable();

        cpu_yield();
        platform_interrupts_restore(interrupts);
}

const char *thread_name(const struct thread *thread)
{
        return thread == NULL ? "" : thread->name;
}

void thread_set_name(struct thread *thread, const char *name)
{
        copy_name(thread->name, name);
}

void thread_stack(const struct thread *thread, void **lowest, size_t *bytes, size_t *guard_bytes)
{
        *lowest = thread->stack;
        *bytes = thread->stack_bytes;
        *guard_bytes = thread->stack_is_callers ? 0 : thread->guard_bytes;
}

unsigned thread_count(void)
{
        spin_lock(&threads_lock);

        unsigned count = threads_alive;

        spin_unlock(&threads_lock);
        return count;
}

void thread_sleep_until(uint64_t deadline)
{
        struct spinlock lock = SPINLOCK_INIT;
        struct wait_queue queue = WAIT_QUEUE_INIT(queue);

        spin_lock(&lock);
        while (platform_clock_monotonic() < deadline)
                wait_queue_sleep(&queue, &lock, deadline);
        spin_unlock(&lock);
}
