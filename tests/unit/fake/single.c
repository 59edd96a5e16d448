/*
 * The library OS under one thread that never waits: for fuzzers, which run in one process for ever. Sleeping fails
 * at once as if the deadline had passed; the network thread is never run, its work is done by who calls.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <coracle/file.h>
#include <coracle/log.h>
#include <coracle/memory.h>
#include <coracle/sched.h>
#include <fake/single.h>
#include <libos/posix/wait/hears_requests.h>
#include <platform.h>

uint64_t fake_now = 1;
const char power_is_heard = 1;

uint64_t platform_clock_monotonic(void)
{
        return fake_now;
}

const struct platform_boot *platform_boot_info(void)
{
        static const struct platform_range memory = {1ul << 20, 8ul << 20};
        static const struct platform_boot boot = {.memory = &memory, .memory_count = 1, .command_line = ""};
        return &boot;
}

bool platform_interrupts_disable(void)
{
        return true;
}

void platform_interrupts_restore(bool enabled)
{
        (void)enabled;
}

_Noreturn void platform_crash(const char *reason)
{
        fprintf(stderr, "crash: %s\n", reason);
        abort();
}

_Noreturn void platform_exit(int status)
{
        exit(status);
}

void log_write(enum log_level level, const char *room, const char *format, ...)
{
        (void)level;
        (void)room;
        (void)format;
}

unsigned page_order(size_t bytes)
{
        unsigned order = 0;
        while (PLATFORM_PAGE_SIZE << order < bytes)
                order++;
        return order;
}

void *page_alloc(unsigned order)
{
        return aligned_alloc(PLATFORM_PAGE_SIZE << order, PLATFORM_PAGE_SIZE << order);
}

void page_free(void *pages, unsigned order)
{
        (void)order;
        free(pages);
}

void spin_lock(struct spinlock *lock)
{
        if (atomic_flag_test_and_set(&lock->held))
                platform_crash("a lock is taken twice");
}

void spin_unlock(struct spinlock *lock)
{
        atomic_flag_clear(&lock->held);
}

void wait_queue_init(struct wait_queue *queue)
{
        list_init(&queue->waiters);
}

int wait_queue_sleep(struct wait_queue *queue, struct spinlock *lock, uint64_t deadline)
{
        (void)queue;
        (void)lock;
        (void)deadline;
        return -ETIMEDOUT;
}

unsigned wait_queue_wake_one(struct wait_queue *queue)
{
        (void)queue;
        return 0;
}

unsigned wait_queue_wake_all(struct wait_queue *queue)
{
        (void)queue;
        return 0;
}

void mutex_lock(struct mutex *mutex)
{
        if (mutex->owner != NULL)
                platform_crash("a mutex is taken twice");
        mutex->owner = (struct thread *)mutex;
}

void mutex_unlock(struct mutex *mutex)
{
        mutex->owner = NULL;
}

int thread_create(struct thread **thread, const struct thread_options *options, void (*entry)(void *), void *argument)
{
        (void)thread;
        (void)options;
        (void)entry;
        (void)argument;
        return 0;
}

void thread_yield(void)
{
}
