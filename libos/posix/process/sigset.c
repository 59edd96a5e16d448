/* Sets of signals (POSIX.1-2024, XSH sigemptyset and its kin), and calls that need nothing else of signals. */
#include <errno.h>
#include <signal.h>

#include "../edge.h"

int sigemptyset(sigset_t *set)
{
        *set = 0;
        return 0;
}

int sigfillset(sigset_t *set)
{
        *set = ~1ul;
        return 0;
}

static int check(int signal)
{
        return edge_status(signal <= 0 || signal >= NSIG ? -EINVAL : 0);
}

int sigaddset(sigset_t *set, int signal)
{
        if (check(signal) != 0)
                return -1;
        *set |= 1ul << signal;
        return 0;
}

int sigdelset(sigset_t *set, int signal)
{
        if (check(signal) != 0)
                return -1;
        *set &= ~(1ul << signal);
        return 0;
}

int sigismember(const sigset_t *set, int signal)
{
        return check(signal) != 0 ? -1 : (int)(*set >> signal & 1);
}

/* No call is ever interrupted by a signal: there is nothing to switch. */
int siginterrupt(int signal, int interrupt)
{
        (void)interrupt;
        return check(signal);
}
