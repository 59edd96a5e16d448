/* Waiting for sockets, and waking who waits. */
#include <errno.h>
#include <poll.h>

#include <libos/posix/wait/hears_requests.h>
#include <libos/posix/wait/interrupt.h>
#include <platform.h>

#include "socket.h"

static void notify(struct network_deferred *deferred)
{
        struct socket *socket = (struct socket *)(void *)((char *)deferred - offsetof(struct socket, changed));
        short arrived = socket->arrived;
        socket->arrived = 0;
        short before = atomic_load_explicit(&socket->ready, memory_order_relaxed);
        short now = socket->operations->ready(socket);
        atomic_store_explicit(&socket->ready, now, memory_order_release);
        short news = (short)(now & (arrived | ~before));
        if (socket->sleepers != 0) {
                spin_lock(&socket->wait_lock);
                socket->changes++;
                wait_queue_wake_all(&socket->waiters);
                spin_unlock(&socket->wait_lock);
        }
        if (news != 0)
                poll_notify(&socket->pollers, news);
}

void socket_changed(struct socket *socket, short events)
{
        socket->arrived |= events;
        socket->changed.fn = notify;
        network_defer(&socket->changed);
}

void socket_refresh(struct socket *socket)
{
        atomic_store_explicit(&socket->ready, socket->operations->ready(socket), memory_order_release);
}

int socket_wait(struct socket *socket, uint64_t deadline)
{
        if (network_take_packets())
                return 0;
        spin_lock(&socket->wait_lock);
        unsigned changes = socket->changes;
        spin_unlock(&socket->wait_lock);
        socket->sleepers++;
        network_leave();

        int error = 0;
        interruptible_enter(&socket->wait_lock);
        spin_lock(&socket->wait_lock);
        while (socket->changes == changes && error == 0)
                error = interruptible_sleep(&socket->waiters, &socket->wait_lock, deadline, true);
        spin_unlock(&socket->wait_lock);
        interruptible_leave();

        network_enter();
        socket->sleepers--;
        return error == -ETIMEDOUT ? -EAGAIN : error;
}

uint64_t socket_deadline(uint64_t timeout)
{
        if (timeout == 0)
                return PLATFORM_FOREVER;
        uint64_t now = platform_clock_monotonic();
        return timeout < PLATFORM_FOREVER - now ? now + timeout : PLATFORM_FOREVER;
}

int socket_take_error(struct socket *socket)
{
        int error = socket->error;
        socket->error = 0;
        return -error;
}
