/* Names of terminals, and what else programs ask that have one (POSIX.1-2024, XSH ttyname, ctermid). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../edge.h"

char *ctermid(char *buffer); /* newlib declares it for older standards only */

static char console_name[] = "/dev/console";

char *ttyname(int descriptor)
{
        return isatty(descriptor) ? console_name : NULL;
}

int ttyname_r(int descriptor, char *buffer, size_t bytes)
{
        if (!isatty(descriptor))
                return errno;
        if (bytes < sizeof(console_name))
                return ERANGE;
        memcpy(buffer, console_name, sizeof(console_name));
        return 0;
}

char *ctermid(char *buffer)
{
        return buffer == NULL ? console_name : strcpy(buffer, console_name);
}

/* Nobody runs with other rights than the one who started the program. */
char *secure_getenv(const char *name)
{
        return getenv(name);
}

/* One process: locks never conflict. */
int lockf(int descriptor, int command, off_t bytes)
{
        (void)command;
        (void)bytes;
        return edge_status(lseek(descriptor, 0, SEEK_CUR) < 0 && errno == EBADF ? -EBADF : 0);
}
