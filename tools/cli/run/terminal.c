/* Terminal modes and signals as descriptors; see terminal.h. */
#include "terminal.h"

#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void enter_raw(struct terminal *terminal)
{
        struct termios mode = terminal->before;
        mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
        mode.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
        mode.c_cc[VMIN] = 1;
        mode.c_cc[VTIME] = 0;
        mode.c_cc[VSUSP] = _POSIX_VDISABLE; /* stopped, we could not put the terminal back */
        mode.c_cc[VQUIT] = _POSIX_VDISABLE;
        terminal->is_raw = tcsetattr(STDIN_FILENO, TCSANOW, &mode) == 0;
}

int terminal_open(struct terminal *terminal, bool raw)
{
        static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
        sigset_t wanted, blocked;
        sigemptyset(&wanted);
        for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++) {
                struct sigaction action;
                /* What our parent ignores for us (nohup, a shell's background job) stays ignored. */
                if (sigaction(ending[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
                        sigaddset(&wanted, ending[i]);
        }
        sigaddset(&wanted, SIGCONT);
        blocked = wanted;
        sigaddset(&blocked, SIGTTIN); /* in the background a read of the terminal fails instead of stopping us */
        sigprocmask(SIG_BLOCK, &blocked, &terminal->mask);
        terminal->pipe_signal = signal(SIGPIPE, SIG_IGN);
        terminal->signals = signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC);
        if (terminal->signals < 0)
                return errno;
        terminal->is_raw = false;
        if (raw && tcgetattr(STDIN_FILENO, &terminal->before) == 0)
                enter_raw(terminal);
        return 0;
}

void terminal_close(struct terminal *terminal)
{
        if (terminal->is_raw)
                tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal->before);
        close(terminal->signals);
        signal(SIGPIPE, terminal->pipe_signal);
        sigprocmask(SIG_SETMASK, &terminal->mask, NULL);
}

int terminal_signal(struct terminal *terminal)
{
        struct signalfd_siginfo info;
        while (read(terminal->signals, &info, sizeof(info)) == sizeof(info)) {
                if (info.ssi_signo != SIGCONT)
                        return (int)info.ssi_signo;
                if (terminal->is_raw)
                        enter_raw(terminal);
        }
        return 0;
}
