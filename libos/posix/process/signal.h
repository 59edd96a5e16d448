/* Signals inside the library OS. */
#ifndef CORACLE_POSIX_SIGNAL_H
#define CORACLE_POSIX_SIGNAL_H

#include <signal.h>
#include <stdbool.h>

#define EXIT_BY_SIGNAL 128 /* plus its number, as a shell reports it */

/*
 * Sends a signal to the calling thread: runs its handler, does its default action, or keeps it pending while the
 * thread blocks it.
 */
void signal_raise(int signal, const siginfo_t *info);

/* Runs the handler for SIGABRT, if the program has one. Weak: there when the program uses signals. */
void signal_before_abort(void) __attribute__((weak));

/*
 * A signal that nobody in the guest sent, from any context: ignored, kept pending while the main thread blocks it, its
 * default action done at once, or its handler run by the thread "signals" (signal_thread.c). Weak: as above.
 */
void signal_from_outside(int signal) __attribute__((weak));

/*
 * For waits with a mask of their own (ppoll and its kin): begin sets it; -EINTR when it lets in a signal that waited
 * already, whose handler has run. end sets the one before, and lets in what that does. Weak: as above.
 */
int signal_wait_begin(const sigset_t *temporary, sigset_t *before) __attribute__((weak));
void signal_wait_end(const sigset_t *before) __attribute__((weak));

/* ---- signal_thread.c ---- */

/* Makes the thread, once. From a thread. Returns 0, -EAGAIN (no memory). */
int signal_thread_start(void);

/* Has it call signal_run_handler(signal), later. Any context. */
void signal_thread_post(int signal);

/* signal.c: runs the handler that the signal has by now. Returns whether it interrupts calls that may be restarted. */
bool signal_run_handler(int signal);

#endif
