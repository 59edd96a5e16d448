/* Starts and finds the switch's process; see switch.h. What it does is in forward_frames.c. */
#include "switch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../instances/detach.h"
#include "../instances/store.h"
#include "../message.h"
#include "forward_frames.h"

#define BACKLOG 64

/* By the descriptor of the directory: a socket's name has little room. */
static struct sockaddr_un name_of(const struct store *store, const char *name)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/.switch-%s", store->directory, name);
        return address;
}

static int connect_to(const struct store *store, const char *name)
{
        const struct sockaddr_un address = name_of(store, name);
        const int connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (connection >= 0 && connect(connection, (const struct sockaddr *)&address, sizeof(address)) == 0)
                return connection;
        const int error = errno;
        if (connection >= 0)
                close(connection);
        errno = error;
        return -1;
}

int switch_join(const char *name)
{
        struct store store;
        store_open(&store);
        const int connection = connect_to(&store, name);
        const int error = errno;
        store_close(&store);
        errno = error;
        return connection;
}

/* Ends under the store's lock when nobody is connected and nobody waits to be, so that who finds it there joins it. */
_Noreturn static void serve(struct store *store, const char *name, int listener)
{
        store_unlock(store);
        detach((int *[]){&store->directory, &listener}, 2, -1);
        for (;;) {
                forward_frames(listener);
                store_lock(store);
                if (!forward_frames_is_wanted(listener))
                        break;
                store_unlock(store);
        }
        unlink(name_of(store, name).sun_path);
        _exit(0);
}

static int start(struct store *store, const char *name)
{
        const struct sockaddr_un address = name_of(store, name);
        unlink(address.sun_path);
        const int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (listener < 0 || bind(listener, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
            listen(listener, BACKLOG) != 0)
                refuse("network %s: %s", name, strerror(errno));
        /* Before the process is there: it finds a connection waiting. */
        const int connection = connect_to(store, name);
        fflush(NULL);
        const pid_t id = connection >= 0 ? fork() : -1;
        if (id < 0)
                refuse("network %s: %s", name, strerror(errno));
        if (id == 0) {
                close(connection);
                serve(store, name, listener);
        }
        close(listener);
        return connection;
}

int switch_up(const char *name)
{
        struct store store;
        store_open(&store);
        store_lock(&store);
        int connection = connect_to(&store, name);
        if (connection < 0)
                connection = start(&store, name);
        store_close(&store);
        return connection;
}
