/* The terminal on standard input, and the signals that end a guest. */
#ifndef CLI_RUN_TERMINAL_H
#define CLI_RUN_TERMINAL_H

#include <signal.h>
#include <stdbool.h>
#include <termios.h>

struct terminal {
        bool is_raw;
        struct termios before;
        int signals;              /* a signalfd */
        sigset_t mask;            /* the signal mask that we found */
        void (*pipe_signal)(int); /* and what SIGPIPE did */
};

/*
 * From here on, signals that end a guest arrive through terminal->signals. With `raw`, keys reach the guest one by
 * one and are not shown by the terminal; Ctrl-C still interrupts. Returns 0 or an errno.
 */
int terminal_open(struct terminal *terminal, bool raw);

/* Puts everything back. */
void terminal_close(struct terminal *terminal);

/* The next signal that was sent to end us, or 0. */
int terminal_signal(struct terminal *terminal);

#endif
