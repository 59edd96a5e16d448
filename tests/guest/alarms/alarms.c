/* SIGALRM from alarm and setitimer runs its handler. */
#include <signal.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "../check.h"

static volatile sig_atomic_t count;

static void handler(int signal)
{
        count += signal == SIGALRM;
}

static void wait_for(int wanted)
{
        for (int i = 0; i < 300 && count < wanted; i++)
                nanosleep(&(struct timespec){0, 10000000}, NULL);
        CHECK(count >= wanted);
}

int main(void)
{
        signal(SIGALRM, handler);
        CHECK(alarm(100) == 0 && alarm(1) == 100);
        wait_for(1);
        CHECK(alarm(0) == 0);
        struct itimerval every = {{0, 20000}, {0, 20000}}, old, off = {0};
        CHECK(setitimer(ITIMER_REAL, &every, NULL) == 0);
        wait_for(5);
        CHECK(getitimer(ITIMER_REAL, &old) == 0 && old.it_interval.tv_usec == 20000);
        CHECK(setitimer(ITIMER_REAL, &off, &old) == 0 && old.it_interval.tv_usec == 20000);
        nanosleep(&(struct timespec){0, 30000000}, NULL);
        int before = count;
        nanosleep(&(struct timespec){0, 60000000}, NULL);
        CHECK(count == before);
        CHECK_FAILS(setitimer(ITIMER_VIRTUAL, &every, NULL), EINVAL);
        CHECK(check_failures == 0);
        signal(SIGALRM, SIG_DFL);
        if (check_done() == 0) {
                alarm(1);
                pause(); /* nobody handles it: it ends the program */
        }
        return 1;
}
