/* Starts and reaps QEMU; see process.h. */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* A serial port is slow and its reader may be slower: room for a burst, so that the guest seldom waits for us. */
#define OUTPUT_PIPE_BYTES (1 << 18)

/* For the few calls before execv, none of which takes much. */
#define CHILD_STACK_BYTES (1 << 15)

struct pipes {
        int input[2], output[2], messages[2];
};

/* What the child is told, and why it did not become QEMU. */
struct child {
        char *const *argv;
        const struct pipes *pipes;
        const int *inherited;
        size_t inherited_count;
        const sigset_t *mask;
        pid_t parent;
        int error;
};

static void close_end(int *end)
{
        if (*end >= 0)
                close(*end);
        *end = -1;
}

static void close_all(struct pipes *pipes)
{
        int *all[] = {pipes->input, pipes->output, pipes->messages};
        for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
                close_end(&all[i][0]);
                close_end(&all[i][1]);
        }
}

static int make_pipes(struct pipes *pipes)
{
        *pipes = (struct pipes){{-1, -1}, {-1, -1}, {-1, -1}};
        if (pipe2(pipes->input, O_CLOEXEC) != 0 || pipe2(pipes->output, O_CLOEXEC) != 0 ||
            pipe2(pipes->messages, O_CLOEXEC) != 0) {
                const int error = errno;
                close_all(pipes);
                return error;
        }
        fcntl(pipes->output[1], F_SETPIPE_SZ, OUTPUT_PIPE_BYTES);
        fcntl(pipes->input[1], F_SETFL, O_NONBLOCK);
        return 0;
}

static bool inherit(const int *inherited, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                if (fcntl(inherited[i], F_SETFD, 0) != 0)
                        return false;
        }
        return true;
}

/* In the child, which has our memory until it executes QEMU. */
static int become(void *argument)
{
        struct child *child = argument;
        const struct pipes *pipes = child->pipes;
        signal(SIGPIPE, SIG_DFL);
        setsid();
        /* However we end, QEMU ends with us; unless we ended before this line. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != child->parent)
                _exit(1);
        if (dup2(pipes->input[0], 0) == 0 && dup2(pipes->output[1], 1) == 1 && dup2(pipes->messages[1], 2) == 2 &&
            inherit(child->inherited, child->inherited_count)) {
                sigprocmask(SIG_SETMASK, child->mask, NULL);
                execv(child->argv[0], child->argv);
        }
        child->error = errno;
        _exit(1);
}

/*
 * A child that shares our memory needs no copy of it, and we go on when it has executed QEMU or could not. That is
 * vfork with a stack of its own. The signals that we take are blocked, so that none of our code runs in it.
 */
int process_start(struct process *process, char *const argv[], const int *inherited, size_t count, const sigset_t *mask)
{
        static _Alignas(16) char stack[CHILD_STACK_BYTES];
        struct pipes pipes;
        int error = make_pipes(&pipes);
        if (error != 0)
                return error;
        struct child child = {argv, &pipes, inherited, count, mask, getpid(), 0};
        process->id = clone(become, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, &child);
        if (process->id < 0)
                child.error = errno;
        else if (child.error != 0)
                waitpid(process->id, NULL, 0);
        if (child.error != 0) {
                close_all(&pipes);
                return child.error;
        }
        process->input = pipes.input[1];
        process->output = pipes.output[0];
        process->messages = pipes.messages[0];
        pipes.input[1] = pipes.output[0] = pipes.messages[0] = -1;
        close_all(&pipes);
        return 0;
}

int process_wait(struct process *process)
{
        int status = 0;
        close_end(&process->input);
        close_end(&process->output);
        close_end(&process->messages);
        while (waitpid(process->id, &status, 0) < 0 && errno == EINTR)
                ;
        return status;
}
