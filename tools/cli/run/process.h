/* QEMU as a child process that does not outlive us. */
#ifndef CLI_RUN_PROCESS_H
#define CLI_RUN_PROCESS_H

#include <signal.h>
#include <sys/types.h>

struct process {
        pid_t id;
        int input;    /* its standard input: write end, non-blocking */
        int output;   /* its standard output: read end */
        int messages; /* its standard error: read end */
};

/*
 * Starts argv[0], a path, in a session of its own, so that keys of our terminal reach us only. It gets the `count`
 * descriptors of `inherited` too. `mask` is its signal mask. Returns 0 or the errno of what failed.
 */
int process_start(struct process *process, char *const argv[], const int *inherited, size_t count,
                  const sigset_t *mask);

/* Closes our ends and waits. Returns the status as waitpid gives it. */
int process_wait(struct process *process);

#endif
