/* Signals within the process: handlers, masks, pending signals, waiting, and what ends the program. */
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "../check.h"

static volatile sig_atomic_t seen, count, value;
static jmp_buf escape;

static void handler(int signal)
{
        seen = signal;
        count++;
}

static void information(int signal, siginfo_t *info, void *context)
{
        (void)context;
        seen = signal;
        value = info->si_value.sival_int;
}

static void leave(int signal)
{
        longjmp(escape, signal);
}

int main(void)
{
        CHECK(signal(SIGUSR1, handler) == SIG_DFL);
        CHECK(raise(SIGUSR1) == 0 && seen == SIGUSR1 && count == 1);
        CHECK(kill(getpid(), SIGUSR1) == 0 && count == 2); /* the handler stays */
        CHECK(signal(SIGUSR1, SIG_IGN) == handler && raise(SIGUSR1) == 0 && count == 2);
        CHECK(raise(SIGCHLD) == 0 && raise(SIGWINCH) == 0); /* ignored by default */
        CHECK_FAILS(kill(12345, SIGUSR1), ESRCH);
        CHECK_FAILS(kill(getpid(), 77), EINVAL);
        CHECK_FAILS(sigaction(SIGKILL, &(struct sigaction){.sa_handler = handler}, NULL), EINVAL);

        struct sigaction action = {.sa_sigaction = information, .sa_flags = SA_SIGINFO};
        CHECK(sigaction(SIGUSR2, &action, NULL) == 0);
        CHECK(sigqueue(getpid(), SIGUSR2, (union sigval){.sival_int = 99}) == 0 && seen == SIGUSR2 && value == 99);

        sigset_t set, pending, old;
        signal(SIGUSR1, handler);
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        count = 0;
        CHECK(sigprocmask(SIG_BLOCK, &set, &old) == 0 && raise(SIGUSR1) == 0 && count == 0);
        CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1) == 1 && sigismember(&pending, SIGUSR2) == 0);
        CHECK(sigprocmask(SIG_SETMASK, &old, NULL) == 0 && count == 1);
        sigprocmask(SIG_BLOCK, &set, NULL);
        raise(SIGUSR1);
        int got = 0;
        CHECK(sigwait(&set, &got) == 0 && got == SIGUSR1 && count == 1);
        CHECK_FAILS(sigtimedwait(&set, NULL, &(struct timespec){0, 10000000}), EAGAIN);

        sigjmp_buf place;
        sigset_t now;
        int again = sigsetjmp(place, 1);
        if (again == 0) {
                sigfillset(&set);
                sigprocmask(SIG_SETMASK, &set, &old);
                siglongjmp(place, 6);
        }
        sigprocmask(SIG_SETMASK, NULL, &now);
        CHECK(again == 6 && sigismember(&now, SIGTERM) == 0 && sigismember(&now, SIGUSR1) == 1);
        signal(SIGABRT, leave);
        if (setjmp(escape) == 0)
                abort();
        CHECK(check_failures == 0);
        signal(SIGABRT, SIG_DFL);
        if (check_done() == 0)
                raise(SIGTERM);
        return 1;
}
