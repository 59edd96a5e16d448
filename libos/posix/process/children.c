/* Waiting for children, of which there are never any (POSIX.1-2024, XSH wait). */
#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "../edge.h"

pid_t wait(int *status)
{
        (void)status;
        return edge_status(-ECHILD);
}

pid_t waitpid(pid_t process, int *status, int options)
{
        (void)process;
        (void)options;
        return wait(status);
}

pid_t wait3(int *status, int options, struct rusage *usage)
{
        (void)options;
        (void)usage;
        return wait(status);
}

pid_t wait4(pid_t process, int *status, int options, struct rusage *usage)
{
        (void)process;
        return wait3(status, options, usage);
}
