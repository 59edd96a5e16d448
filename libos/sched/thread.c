/* Threads, the main one included: what they are called, how they run and end. */
#include "cpu.h"

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

struct thread *thread_current(void)
{
        return cpu_this()->current;
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
