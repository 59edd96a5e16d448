/* coracle attach: the console of a guest in the background. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "../commands.h"
#include "../instances/control.h"
#include "../message.h"
#include "flags.h"
#include "select.h"

#define DETACH_KEY 0x1d /* Ctrl-] */

static const char usage[] =
        "usage: coracle attach [--raw] NAME\n"
        "\n"
        "What the guest writes from now on appears here, and it reads what is typed, until it ends or Ctrl-] is "
        "typed,\n"
        "which leaves it running. Its exit status is then ours; detached, ours is 0.\n"
        "\n"
        "      --raw   give keys to the program one by one, without echo and line editing, Ctrl-C too\n";

static volatile sig_atomic_t was_interrupted;

static void note_signal(int signal)
{
        (void)signal;
        was_interrupted = 1;
}

/* Ctrl-] becomes a signal, as Ctrl-C is, or a key to look for. */
static bool set_terminal(bool raw, struct termios *before)
{
        if (tcgetattr(STDIN_FILENO, before) != 0)
                return false;
        struct termios mode = *before;
        mode.c_cc[VSUSP] = _POSIX_VDISABLE;
        mode.c_cc[VQUIT] = DETACH_KEY;
        if (raw) {
                mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
                mode.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
                mode.c_cc[VINTR] = _POSIX_VDISABLE;
                mode.c_cc[VMIN] = 1;
                mode.c_cc[VTIME] = 0;
        }
        return tcsetattr(STDIN_FILENO, TCSANOW, &mode) == 0;
}

/* Returns whether there may be more. */
static bool pass_input(int connection, bool is_terminal)
{
        char packet[CONTROL_PACKET_MAX];
        const ssize_t count = read(STDIN_FILENO, packet + 1, sizeof(packet) - 1);
        if (count < 0)
                return errno == EINTR || errno == EAGAIN;
        packet[0] = count == 0 ? CONTROL_INPUT_END : CONTROL_INPUT;
        (void)send(connection, packet, (size_t)count + 1, MSG_NOSIGNAL);
        return count != 0 || is_terminal;
}

/* Returns whether the guest goes on. */
static bool pass_output(int connection)
{
        char packet[CONTROL_PACKET_MAX];
        const ssize_t count = recv(connection, packet, sizeof(packet), 0);
        if (count < 0)
                return errno == EINTR || errno == EAGAIN;
        if (count > 0 && (fwrite(packet, 1, (size_t)count, stdout) != (size_t)count || fflush(stdout) != 0))
                exit(1);
        return count != 0;
}

/* Returns whether the guest has ended; else we were told to leave. */
static bool converse(int connection, bool is_terminal)
{
        static const int leaving[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};
        sigset_t blocked, before;
        const struct sigaction action = {.sa_handler = note_signal};
        bool has_input = true;
        sigemptyset(&blocked);
        for (size_t i = 0; i < sizeof(leaving) / sizeof(leaving[0]); i++) {
                sigaddset(&blocked, leaving[i]);
                sigaction(leaving[i], &action, NULL);
        }
        sigprocmask(SIG_BLOCK, &blocked, &before); /* they come while ppoll waits, and only then */
        (void)send(connection, (const char[]){CONTROL_ATTACH}, 1, MSG_NOSIGNAL);
        while (!was_interrupted) {
                struct pollfd polled[] = {{connection, POLLIN, 0}, {has_input ? STDIN_FILENO : -1, POLLIN, 0}};
                if (ppoll(polled, 2, NULL, &before) < 0) {
                        if (errno != EINTR)
                                return false;
                        continue;
                }
                if (polled[1].revents != 0)
                        has_input = pass_input(connection, is_terminal);
                if (polled[0].revents != 0 && !pass_output(connection))
                        return true;
        }
        return false;
}

/* What the supervisor wrote down before it closed the connection. */
static int exit_status(const struct instance *instance)
{
        struct state state;
        int status = 1;
        if (state_read(instance->directory, &state) && state.how[0] != '\0')
                status = (int)state.status;
        else
                complain("%s: its supervisor was killed", instance->name);
        state_free(&state);
        return status;
}

static int attach(const struct instance *instance, bool raw)
{
        struct termios before;
        const int connection = instance->is_running ? control_connect(instance->directory) : -1;
        if (connection < 0)
                refuse("%s does not run; `coracle logs %s` shows what it wrote", instance->name, instance->name);
        const bool is_terminal = isatty(STDIN_FILENO) == 1 && set_terminal(raw, &before);
        if (is_terminal)
                complain("%s: Ctrl-] leaves it", instance->name);
        const bool has_ended = converse(connection, is_terminal);
        if (is_terminal)
                tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
        close(connection);
        if (has_ended)
                return exit_status(instance);
        if (is_terminal)
                complain("detached; %s goes on", instance->name);
        return 0;
}

int command_attach(int argc, char *argv[])
{
        bool raw = false;
        const struct flag flags[] = {{"raw", 0, &raw, NULL}};
        char *const *words = flags_parse("attach", usage, flags, 1, argc, argv);
        if (words[0] == NULL || words[1] != NULL)
                refuse("which guest? usage: coracle attach [--raw] NAME; `coracle ps` lists them");
        struct store store;
        struct instance instance;
        store_open(&store);
        instance_find(&store, words[0], &instance);
        const int status = attach(&instance, raw);
        instance_close(&instance);
        store_close(&store);
        return status;
}
