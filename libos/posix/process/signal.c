/*
 * Signals (POSIX.1-2024, XSH 2.4) for one process. What the program sends itself is delivered by the thread that sends
 * it, synchronously, or kept pending while it blocks it. What comes from outside (SIGTERM when the guest is asked to
 * end) or from a timer goes by the main thread's mask, and to a handler in a thread of its own (signal_thread.c).
 * sigwait and its kin take pending ones.
 *
 * Faults do not become signals: they end the guest with a crash report, which says more than a handler could.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <coracle/log.h>
#include <coracle/sched.h>

#include <platform.h>

#include "../edge.h"
#include "../wait/hears_requests.h"
#include "../wait/interrupt.h"
#include "../wait/waiter.h"
#include "signal.h"

static struct spinlock lock = SPINLOCK_INIT;
static struct sigaction actions[NSIG];
static siginfo_t sent[NSIG];                                 /* about the pending signal of each number */
static sigset_t process_pending;                             /* sent to the process while the sender blocked them */
static struct wait_queue waiters = WAIT_QUEUE_INIT(waiters); /* in sigwait */
static _Thread_local sigset_t mask;                          /* of this thread; a new thread starts with none */
static _Atomic sigset_t main_mask;                           /* a copy of the main thread's, for others to see */

static sigset_t bit(int signal)
{
        return 1ul << signal;
}

static bool is_valid(int signal)
{
        return signal > 0 && signal < NSIG;
}

static void set_mask(sigset_t set)
{
        mask = set;
        if (thread_current() == thread_main())
                atomic_store_explicit(&main_mask, set, memory_order_release);
}

static bool is_ignored_by_default(int signal)
{
        const sigset_t ignored = 1ul << SIGCHLD | 1ul << SIGURG | 1ul << SIGWINCH | 1ul << SIGCONT | 1ul << SIGSTOP |
                                 1ul << SIGTSTP | 1ul << SIGTTIN | 1ul << SIGTTOU | 1ul << SIGIO;
        return (ignored & bit(signal)) != 0;
}

static void act_by_default(int signal)
{
        if (is_ignored_by_default(signal))
                return;
        if (signal == SIGABRT)
                platform_crash("abort() called");
        log_error("signal", "signal %d ends the program", signal);
        _exit(EXIT_BY_SIGNAL + signal);
}

/* Runs the action for a signal that is not blocked. */
static void deliver(int signal, const siginfo_t *info)
{
        spin_lock(&lock);
        struct sigaction action = actions[signal];
        if ((action.sa_flags & SA_RESETHAND) != 0 && action.sa_handler != SIG_IGN)
                actions[signal].sa_handler = SIG_DFL;
        spin_unlock(&lock);
        if (action.sa_handler == SIG_IGN)
                return;
        if (action.sa_handler == SIG_DFL) {
                act_by_default(signal);
                return;
        }
        sigset_t before = mask;
        set_mask(mask | action.sa_mask | ((action.sa_flags & SA_NODEFER) != 0 ? 0 : bit(signal)));
        siginfo_t copy = *info;
        if ((action.sa_flags & SA_SIGINFO) != 0)
                action.sa_sigaction(signal, &copy, NULL);
        else
                action.sa_handler(signal);
        set_mask(before);
}

/* Takes one pending signal out of `set`. Returns its number, 0 when there is none. The lock is held. */
static int take_pending(sigset_t set, siginfo_t *info)
{
        sigset_t found = process_pending & set;
        if (found == 0)
                return 0;
        int signal = __builtin_ctzl(found);
        process_pending &= ~bit(signal);
        *info = sent[signal];
        return signal;
}

/* Delivers what is pending and no longer blocked. Returns how many. */
static int deliver_pending(void)
{
        int delivered = 0;
        for (;;) {
                siginfo_t info;
                spin_lock(&lock);
                int signal = take_pending(~mask, &info);
                spin_unlock(&lock);
                if (signal == 0)
                        return delivered;
                deliver(signal, &info);
                delivered++;
        }
}

/* Until somebody waits for it or no longer blocks it. The lock is held. */
static void keep(int signal, const siginfo_t *info)
{
        process_pending |= bit(signal);
        sent[signal] = *info;
        wait_queue_wake_all(&waiters);
}

void signal_raise(int signal, const siginfo_t *info)
{
        if ((mask & bit(signal)) == 0) {
                deliver(signal, info);
                deliver_pending();
                return;
        }
        spin_lock(&lock);
        keep(signal, info);
        spin_unlock(&lock);
}

static siginfo_t from_outside(int signal)
{
        return (siginfo_t){.si_signo = signal, .si_code = signal == SIGALRM ? SI_TIMER : SI_KERNEL};
}

void signal_from_outside(int signal)
{
        const siginfo_t info = from_outside(signal);
        spin_lock(&lock);
        const _sig_func_ptr handler = actions[signal].sa_handler;
        const bool kept =
                handler != SIG_IGN && (atomic_load_explicit(&main_mask, memory_order_acquire) & bit(signal)) != 0;
        if (kept)
                keep(signal, &info);
        spin_unlock(&lock);
        if (kept || handler == SIG_IGN)
                return;
        if (handler == SIG_DFL)
                act_by_default(signal);
        else
                signal_thread_post(signal);
}

bool signal_run_handler(int signal)
{
        const siginfo_t info = from_outside(signal);
        spin_lock(&lock);
        const bool restart = (actions[signal].sa_flags & SA_RESTART) != 0;
        spin_unlock(&lock);
        deliver(signal, &info);
        return restart;
}

void signal_before_abort(void)
{
        siginfo_t info = {.si_signo = SIGABRT, .si_code = SI_USER};
        set_mask(mask & ~bit(SIGABRT));
        deliver(SIGABRT, &info);
}

static int send(int signal, int code, union sigval value)
{
        if (signal == 0)
                return 0;
        if (!is_valid(signal))
                return -EINVAL;
        siginfo_t info = {.si_signo = signal, .si_code = code, .si_pid = getpid(), .si_value = value};
        signal_raise(signal, &info);
        return 0;
}

int raise(int signal)
{
        return edge_status(is_valid(signal) ? send(signal, SI_USER, (union sigval){0}) : -EINVAL);
}

/* This process is the only one, and the only one of its group. */
static bool is_us(pid_t process)
{
        return process == getpid() || process == 0 || process == -1 || process == -getpid();
}

int kill(pid_t process, int signal)
{
        return edge_status(is_us(process) ? send(signal, SI_USER, (union sigval){0}) : -ESRCH);
}

int killpg(pid_t group, int signal)
{
        return kill(group == 0 ? 0 : -group, signal);
}

int sigqueue(pid_t process, int signal, const union sigval value)
{
        return edge_status(is_us(process) ? send(signal, SI_QUEUE, value) : -ESRCH);
}

int sigaction(int signal, const struct sigaction *action, struct sigaction *old)
{
        if (!is_valid(signal) || (action != NULL && (signal == SIGKILL || signal == SIGSTOP)))
                return edge_status(-EINVAL);
        if (signal == SIGTERM && action != NULL && action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN) {
                int error = signal_thread_start(); /* the one that comes from outside */
                if (error != 0)
                        return edge_status(error);
        }
        spin_lock(&lock);
        if (old != NULL)
                *old = actions[signal];
        if (action != NULL) {
                actions[signal] = *action;
                if (action->sa_handler == SIG_IGN)
                        process_pending &= ~bit(signal);
        }
        spin_unlock(&lock);
        return 0;
}

_sig_func_ptr signal(int signal, _sig_func_ptr handler)
{
        struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
        struct sigaction old;
        return sigaction(signal, &action, &old) != 0 ? SIG_ERR : old.sa_handler;
}

int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
        const sigset_t unblockable = bit(SIGKILL) | bit(SIGSTOP);
        sigset_t before = mask;
        if (set != NULL) {
                sigset_t after = before;
                if (how == SIG_BLOCK)
                        after |= *set;
                else if (how == SIG_UNBLOCK)
                        after &= ~*set;
                else if (how == SIG_SETMASK)
                        after = *set;
                else
                        return EINVAL;
                set_mask(after & ~unblockable);
        }
        if (old != NULL)
                *old = before;
        deliver_pending();
        return 0;
}

int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
        return edge_status(-pthread_sigmask(how, set, old));
}

int sigpending(sigset_t *set)
{
        spin_lock(&lock);
        *set = process_pending & mask;
        spin_unlock(&lock);
        return 0;
}

/* Takes a signal of `set`, waiting for it until the deadline. Returns its number or -EAGAIN. */
static int wait_for_signal(sigset_t set, siginfo_t *info, uint64_t deadline)
{
        int slept = 0;
        spin_lock(&lock);
        int signal = take_pending(set, info);
        while (signal == 0 && slept == 0) {
                slept = wait_queue_sleep(&waiters, &lock, deadline);
                signal = take_pending(set, info);
        }
        spin_unlock(&lock);
        return signal != 0 ? signal : -EAGAIN;
}

int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout)
{
        siginfo_t unused;
        if (timeout != NULL && !timespec_is_valid(timeout))
                return edge_status(-EINVAL);
        return edge_status(wait_for_signal(*set, info != NULL ? info : &unused,
                                           deadline_after(timeout == NULL ? -1 : timespec_nanoseconds(timeout))));
}

int sigwaitinfo(const sigset_t *set, siginfo_t *info)
{
        return sigtimedwait(set, info, NULL);
}

int sigwait(const sigset_t *set, int *signal)
{
        siginfo_t info;
        *signal = wait_for_signal(*set, &info, PLATFORM_FOREVER);
        return 0;
}

int signal_wait_begin(const sigset_t *temporary, sigset_t *before)
{
        interrupt_begin();
        *before = mask;
        set_mask(*temporary);
        return deliver_pending() != 0 ? -EINTR : 0;
}

void signal_wait_end(const sigset_t *before)
{
        set_mask(*before);
        interrupt_end();
        deliver_pending();
}

int sigsuspend(const sigset_t *temporary)
{
        sigset_t before;
        int error = signal_wait_begin(temporary, &before);
        while (error == 0 && deliver_pending() == 0) {
                interrupt_enter(&lock);
                spin_lock(&lock);
                if ((process_pending & ~mask) == 0)
                        error = interrupt_sleep(&waiters, &lock, PLATFORM_FOREVER, false);
                spin_unlock(&lock);
                interrupt_leave();
        }
        signal_wait_end(&before);
        return edge_status(-EINTR);
}

int pause(void)
{
        sigset_t now = mask;
        return sigsuspend(&now);
}

/* Handlers run on the stack of the thread that sends the signal: an alternate stack is accepted and not used. */
int sigaltstack(const stack_t *stack, stack_t *old)
{
        static stack_t remembered = {.ss_flags = SS_DISABLE};
        if (stack != NULL && (stack->ss_flags & ~SS_DISABLE) != 0)
                return edge_status(-EINVAL);
        if (stack != NULL && (stack->ss_flags & SS_DISABLE) == 0 && stack->ss_size < MINSIGSTKSZ)
                return edge_status(-ENOMEM);
        if (old != NULL)
                *old = remembered;
        if (stack != NULL)
                remembered = *stack;
        return 0;
}
