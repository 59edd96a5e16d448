/*
 * Signals (POSIX.1-2024, signal.h), with the numbers that newlib was built with. newlib's signal.h includes this file.
 *
 * A signal is delivered where it is sent: raise, kill of one's own process and pthread_kill run the handler in the
 * calling thread. The hypervisor sends none, and a fault ends the guest with a crash report, never with SIGSEGV.
 */
#ifndef _SYS_SIGNAL_H
#define _SYS_SIGNAL_H

#include <sys/cdefs.h>
#include <sys/features.h>
#include <sys/types.h>
#include <sys/_sigset.h>
#include <sys/_timespec.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef _SIGSET_T_DECLARED
#define _SIGSET_T_DECLARED
typedef __sigset_t sigset_t;
#endif

#define SIGHUP    1
#define SIGINT    2
#define SIGQUIT   3
#define SIGILL    4
#define SIGTRAP   5
#define SIGIOT    6
#define SIGABRT   6
#define SIGEMT    7
#define SIGFPE    8
#define SIGKILL   9
#define SIGBUS    10
#define SIGSEGV   11
#define SIGSYS    12
#define SIGPIPE   13
#define SIGALRM   14
#define SIGTERM   15
#define SIGURG    16
#define SIGSTOP   17
#define SIGTSTP   18
#define SIGCONT   19
#define SIGCHLD   20
#define SIGCLD    20
#define SIGTTIN   21
#define SIGTTOU   22
#define SIGIO     23
#define SIGPOLL   SIGIO
#define SIGXCPU   24
#define SIGXFSZ   25
#define SIGVTALRM 26
#define SIGPROF   27
#define SIGWINCH  28
#define SIGLOST   29
#define SIGUSR1   30
#define SIGUSR2   31
#define NSIG      32
#define _NSIG     NSIG

typedef void (*_sig_func_ptr)(int);

union sigval {
        int sival_int;
        void *sival_ptr;
};

typedef struct {
        int si_signo;
        int si_code;
        int si_errno;
        pid_t si_pid;
        uid_t si_uid;
        int si_status;
        void *si_addr;
        long si_band;
        union sigval si_value;
} siginfo_t;

#define SI_USER    1
#define SI_QUEUE   2
#define SI_TIMER   3
#define SI_ASYNCIO 4
#define SI_MESGQ   5
#define SI_KERNEL  0x80

#define ILL_ILLOPC  1
#define FPE_INTDIV  1
#define FPE_INTOVF  2
#define FPE_FLTDIV  3
#define SEGV_MAPERR 1
#define SEGV_ACCERR 2
#define BUS_ADRALN  1
#define BUS_ADRERR  2
#define CLD_EXITED  1

#define SIGEV_NONE   1
#define SIGEV_SIGNAL 2
#define SIGEV_THREAD 3

struct sigevent {
        int sigev_notify;
        int sigev_signo;
        union sigval sigev_value;
        void (*sigev_notify_function)(union sigval);
        void *sigev_notify_attributes;
};

struct sigaction {
        union {
                _sig_func_ptr __handler;
                void (*__action)(int, siginfo_t *, void *);
        } __function;
        sigset_t sa_mask;
        int sa_flags;
        void (*sa_restorer)(void);
};
#define sa_handler   __function.__handler
#define sa_sigaction __function.__action

#define SA_NOCLDSTOP 0x001
#define SA_SIGINFO   0x002
#define SA_ONSTACK   0x004
#define SA_RESTART   0x008
#define SA_NODEFER   0x010
#define SA_RESETHAND 0x020
#define SA_NOCLDWAIT 0x040
#define SA_NOMASK    SA_NODEFER
#define SA_ONESHOT   SA_RESETHAND

#define SIG_SETMASK 0
#define SIG_BLOCK   1
#define SIG_UNBLOCK 2

#ifndef MINSIGSTKSZ
#define MINSIGSTKSZ 2048
#endif
#ifndef SIGSTKSZ
#define SIGSTKSZ 8192
#endif
#define SS_ONSTACK 0x1
#define SS_DISABLE 0x2

typedef struct sigaltstack {
        void *ss_sp;
        int ss_flags;
        size_t ss_size;
} stack_t;

int kill(pid_t process, int signal);
int killpg(pid_t group, int signal);
int sigaction(int signal, const struct sigaction *action, struct sigaction *old);
int sigprocmask(int how, const sigset_t *set, sigset_t *old);
int sigpending(sigset_t *set);
int sigsuspend(const sigset_t *mask);
int sigwait(const sigset_t *set, int *signal);
int sigwaitinfo(const sigset_t *set, siginfo_t *info);
int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout);
int sigqueue(pid_t process, int signal, const union sigval value);
int sigaltstack(const stack_t *__restrict stack, stack_t *__restrict old);
int siginterrupt(int signal, int interrupt);
int pthread_sigmask(int how, const sigset_t *set, sigset_t *old);
int pthread_kill(pthread_t thread, int signal);

int sigemptyset(sigset_t *set);
int sigfillset(sigset_t *set);
int sigaddset(sigset_t *set, int signal);
int sigdelset(sigset_t *set, int signal);
int sigismember(const sigset_t *set, int signal);

#if __MISC_VISIBLE
#define SIG2STR_MAX 17
int sig2str(int signal, char *name);
int str2sig(const char *__restrict name, int *__restrict signal);
#endif

#ifdef __cplusplus
}
#endif

#ifndef _SIGNAL_H_
#include <signal.h> /* the two headers are one in glibc */
#endif

#endif
