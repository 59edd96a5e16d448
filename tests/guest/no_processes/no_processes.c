/* Calls that need a second process link, with a warning, and fail; configure scripts find them missing. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../check.h"

/* What autoconf looks for. */
#if defined(__stub_fork) && defined(__stub_execve) && defined(__stub_popen)
#define MARKED 1
#else
#define MARKED 0
#endif

int main(void)
{
        int status;
        CHECK(MARKED);
        CHECK_FAILS(fork(), ENOSYS);
        CHECK_FAILS(execl("/bin/sh", "sh", NULL), ENOSYS);
        CHECK(popen("ls", "r") == NULL && errno == ENOSYS);
        CHECK_FAILS(waitpid(-1, &status, WNOHANG), ECHILD);
        CHECK_FAILS(wait(NULL), ECHILD);
        CHECK_FAILS(system("true"), ENOSYS);
        return check_done();
}
