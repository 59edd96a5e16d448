/* Names, listens and connects; see control.h. */
#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 16

/* A socket's name has room for 107 bytes, a runtime directory's for more: hence the way by the descriptor. */
static struct sockaddr_un name_in(int directory)
{
        struct sockaddr_un name = {.sun_family = AF_UNIX};
        snprintf(name.sun_path, sizeof(name.sun_path), "/proc/self/fd/%d/control", directory);
        return name;
}

int control_listen(int directory)
{
        const struct sockaddr_un name = name_in(directory);
        const int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (listener >= 0 && bind(listener, (const struct sockaddr *)&name, sizeof(name)) == 0 &&
            listen(listener, BACKLOG) == 0)
                return listener;
        const int error = errno;
        if (listener >= 0)
                close(listener);
        errno = error;
        return -1;
}

int control_connect(int directory)
{
        const struct sockaddr_un name = name_in(directory);
        const int connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (connection >= 0 && connect(connection, (const struct sockaddr *)&name, sizeof(name)) == 0)
                return connection;
        if (connection >= 0)
                close(connection);
        return -1;
}
