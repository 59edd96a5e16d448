/*
 * Handlers of signals that arrive from outside or from a timer. They run in a thread of their own, whatever the main
 * thread does, and then end the wait that the main thread is in: as far as the program can tell, it was interrupted.
 */
#include <errno.h>
#include <stdbool.h>

#include <coracle/sched.h>

#include <platform.h>

#include "../wait/interrupt.h"
#include "signal.h"

#define STACK_BYTES (64 * 1024u)

static struct spinlock lock = SPINLOCK_INIT;
static struct wait_queue queue = WAIT_QUEUE_INIT(queue);
static sigset_t posted;

static void run(void *argument)
{
        (void)argument;
        spin_lock(&lock);
        for (;;) {
                while (posted == 0)
                        wait_queue_wait(&queue, &lock);
                const int signal = __builtin_ctzl(posted);
                posted &= posted - 1;
                spin_unlock(&lock);
                interrupt_main(signal_run_handler(signal));
                spin_lock(&lock);
        }
}

int signal_thread_start(void)
{
        static struct mutex starting = MUTEX_INIT(starting);
        static bool started;
        const struct thread_options options = {.name = "signals", .stack_bytes = STACK_BYTES};
        int error = 0;
        mutex_lock(&starting);
        if (!started) {
                error = thread_create(NULL, &options, run, NULL);
                started = error == 0;
        }
        mutex_unlock(&starting);
        return error;
}

void signal_thread_post(int signal)
{
        spin_lock(&lock);
        posted |= 1ul << signal;
        wait_queue_wake_all(&queue);
        spin_unlock(&lock);
}
