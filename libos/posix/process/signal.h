/* Signals inside the library OS. */
#ifndef CORACLE_POSIX_SIGNAL_H
#define CORACLE_POSIX_SIGNAL_H

#include <signal.h>

/*
 * Sends a signal to the calling thread: runs its handler, does its default action, or keeps it pending while the
 * thread blocks it.
 */
void signal_raise(int signal, const siginfo_t *info);

/* Runs the handler for SIGABRT, if the program has one. Weak: there when the program uses signals. */
void signal_before_abort(void) __attribute__((weak));

#endif
