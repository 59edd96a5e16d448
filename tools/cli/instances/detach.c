/* Leaves everything behind; see detach.h. */
#include "detach.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../message.h"

#define OUT_OF_THE_WAY 64 /* above the numbers that what is kept gets */

void detach(int *kept[], size_t count, int messages)
{
        const int nothing = open("/dev/null", O_RDWR);
        if (setsid() < 0 || nothing < 0 || dup2(messages >= 0 ? messages : nothing, STDERR_FILENO) < 0)
                refuse("cannot leave the terminal: %s", strerror(errno));
        dup2(nothing, STDIN_FILENO);
        dup2(nothing, STDOUT_FILENO);
        for (size_t i = 0; i < count; i++)
                *kept[i] = fcntl(*kept[i], F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
        for (size_t i = 0; i < count; i++)
                *kept[i] = dup3(*kept[i], (int)(STDERR_FILENO + 1 + i), O_CLOEXEC);
        if (close_range((unsigned)(STDERR_FILENO + 1 + count), ~0u, 0) != 0)
                refuse("cannot close descriptors: %s", strerror(errno));
        umask(077);
        signal(SIGPIPE, SIG_IGN);
}
