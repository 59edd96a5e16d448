/*
 * Creating threads, and freeing them.
 *
 * A thread's stack, its struct thread and its thread-local storage share one region: the stack below, then the others
 * up to the top. A dead thread is freed by the thread that runs after it on its CPU, when nothing uses its stack any
 * more.
 */
#include "cpu.h"
#include "stack.h"
#include "thread_local.h"

#include <errno.h>

#define STACK_DEFAULT (128 * 1024ul)
#define ALIGNMENT     64ul

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
        cpu_arm_timer(cpu_this()); /* from now on, time is shared */
        platform_interrupts_restore(interrupts);
        return 0;
}

void thread_reap(struct thread *thread)
{
        void (*reaped)(void *) = thread->reaped;
        void *ctx = thread->reaped_ctx;

        if (thread != thread_main() && !thread->stack_is_callers)
                stack_free(thread->stack, thread->stack_bytes, thread->guard_bytes);
        if (reaped != NULL)
                reaped(ctx);
}
