/* Start of the scheduler: the first CPU and the main thread, on a stack of its own. */
#include "cpu.h"
#include "thread_local.h"

#include <coracle/init.h>
#include <coracle/memory.h>

#define LARGE_PAGE     (512 * PLATFORM_PAGE_SIZE)
#define STACK_MAX      (8ul << 20)
#define STACK_MIN      (64ul << 10)
#define MEMORY_DIVISOR 7 /* the main stack takes at most this part of memory: from 64 MiB on, boot is the same */

struct cpu cpu_boot;
static struct thread main_thread;

struct thread *thread_main(void)
{
        return &main_thread;
}

/* A power of two. */
static size_t main_stack_bytes(void)
{
        size_t bytes = STACK_MAX;

        while (bytes > STACK_MIN && bytes > memory_total_bytes() / MEMORY_DIVISOR)
                bytes /= 2;
        return bytes;
}

_Noreturn void sched_start(void (*entry)(void *), void *argument)
{
        static struct platform_context abandoned; /* the boot stack's, whose thread pointer stays */
        size_t bytes = main_stack_bytes();
        size_t guard_bytes = bytes >= LARGE_PAGE ? LARGE_PAGE : PLATFORM_PAGE_SIZE; /* keeps large pages possible */
        char *stack = region_alloc_first(bytes, guard_bytes);

        if (stack == NULL)
                platform_crash("there is no memory for the main thread's stack");
        main_thread = (struct thread){
                .cpu = &cpu_boot,
                .state = THREAD_RUNNING,
                .entry = entry,
                .argument = argument,
                .stack = stack,
                .stack_bytes = bytes,
                .guard_bytes = guard_bytes,
        };
        thread_register(&main_thread, "main");
        thread_prepare(&main_thread, stack + bytes, thread_local_main());
        cpu_boot.current = &main_thread;
        cpu_start(&cpu_boot);
        abandoned.thread_pointer = thread_local_main();
        platform_context_switch(&abandoned, &main_thread.context);
        platform_crash("the boot stack was run again");
}
