/* Starts and reaps QEMU; see process.h. */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* A serial port is slow and its reader may be slower: room for a burst, so that the guest seldom waits for us. */
#define OUTPUT_PIPE_BYTES (1 << 18)

struct pipes {
        int input[2], output[2], messages[2], failure[2];
};

static void close_end(int *end)
{
        if (*end >= 0)
                close(*end);
        *end = -1;
}

static void close_all(struct pipes *pipes)
{
        int *all[] = {pipes->input, pipes->output, pipes->messages, pipes->failure};
        for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
                close_end(&all[i][0]);
                close_end(&all[i][1]);
        }
}

static int make_pipes(struct pipes *pipes)
{
        *pipes = (struct pipes){{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
        if (pipe2(pipes->input, O_CLOEXEC) != 0 || pipe2(pipes->output, O_CLOEXEC) != 0 ||
            pipe2(pipes->messages, O_CLOEXEC) != 0 || pipe2(pipes->failure, O_CLOEXEC) != 0) {
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

_Noreturn static void become(char *const argv[], const struct pipes *pipes, const int *inherited, size_t count,
                             const sigset_t *mask, pid_t parent)
{
        signal(SIGPIPE, SIG_DFL);
        setsid();
        /* However we end, QEMU ends with us; unless we ended before this line. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
                _exit(1);
        if (dup2(pipes->input[0], 0) == 0 && dup2(pipes->output[1], 1) == 1 && dup2(pipes->messages[1], 2) == 2 &&
            inherit(inherited, count)) {
                sigprocmask(SIG_SETMASK, mask, NULL);
                execv(argv[0], argv);
        }
        const int error = errno;
        const ssize_t written = write(pipes->failure[1], &error, sizeof(error));
        _exit(written == sizeof(error) ? 1 : 2);
}

int process_start(struct process *process, char *const argv[], const int *inherited, size_t count, const sigset_t *mask)
{
        struct pipes pipes;
        int error = make_pipes(&pipes);
        if (error != 0)
                return error;
        const pid_t parent = getpid();
        process->id = fork();
        if (process->id < 0) {
                error = errno;
                close_all(&pipes);
                return error;
        }
        if (process->id == 0)
                become(argv, &pipes, inherited, count, mask, parent);
        close_end(&pipes.failure[1]);
        /* Ends at once, empty, when the child has executed QEMU. */
        ssize_t got;
        do {
                got = read(pipes.failure[0], &error, sizeof(error));
        } while (got < 0 && errno == EINTR);
        if (got == sizeof(error)) {
                waitpid(process->id, NULL, 0);
                close_all(&pipes);
                return error;
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
