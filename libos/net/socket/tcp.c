/*
 * The life of a TCP socket: creation, connecting, shutting down, closing.
 *
 * Invariant: lwIP never frees a control block that a socket points to without telling (tcp_on_error), except one that
 * reached TIME_WAIT or CLOSING; a socket lets go of it at the end of the peer's data in those states.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>

#include <platform.h>

#include "tcp.h"
#include "lwip/priv/tcp_priv.h"

/* How long a closed connection waits for a peer that takes nothing; Linux gives up about as soon (tcp_orphan_retries).
 */
#define CLOSED_WAIT_MOST 100u /* seconds */

/* For when the control block is gone; when lwIP says so (on_error) it may be gone already. */
static void remember_names(struct tcp_socket *tcp)
{
        tcp->local = tcp->pcb->local_ip;
        tcp->remote = tcp->pcb->remote_ip;
        tcp->local_port = tcp->pcb->local_port;
        tcp->remote_port = tcp->pcb->remote_port;
}

void tcp_detach(struct tcp_socket *tcp)
{
        struct tcp_pcb *pcb = tcp->pcb;
        tcp_arg(pcb, NULL);
        tcp_recv(pcb, NULL);
        tcp_sent(pcb, NULL);
        tcp_err(pcb, NULL);
        tcp_poll(pcb, NULL, 0);
        tcp->pcb = NULL;
}

/* lwIP has freed, or is about to free, the control block. */
static void on_error(void *arg, err_t error)
{
        struct tcp_socket *tcp = arg;
        if (tcp == NULL)
                return;
        bool connecting = tcp->phase == TCP_CONNECTING;
        tcp->pcb = NULL;
        tcp->phase = TCP_OVER;
        if (tcp->listener != NULL) {
                /* Nobody has accepted it: forget it, as BSD does. */
                list_remove(&tcp->waiting);
                socket_changed(&tcp->listener->socket, 0);
                tcp->listener = NULL;
                tcp_receive_queue_free(tcp);
                socket_free(&tcp->socket);
                return;
        }
        if (error == ERR_CLSD)
                tcp->end_received = true;
        else if (connecting && error == ERR_RST)
                tcp->socket.error = ECONNREFUSED;
        else if (connecting || error == ERR_ABRT)
                tcp->socket.error = ETIMEDOUT; /* lwIP gives up on a silent peer with ERR_ABRT */
        else
                tcp->socket.error = -error_from_lwip(error);
        socket_changed(&tcp->socket, POLLIN | POLLOUT | POLLERR | POLLHUP);
}

void tcp_attach(struct tcp_socket *tcp, struct tcp_pcb *pcb)
{
        tcp->pcb = pcb;
        remember_names(tcp);
        tcp_arg(pcb, tcp);
        tcp_recv(pcb, tcp_on_receive);
        tcp_sent(pcb, tcp_on_sent);
        tcp_err(pcb, on_error);
        tcp_socket_options_changed(&tcp->socket);
}

int tcp_need_pcb(struct tcp_socket *tcp)
{
        if (tcp->pcb != NULL)
                return 0;
        struct tcp_pcb *pcb = tcp_new_ip_type(address_type(&tcp->socket));
        if (pcb == NULL)
                return -ENOBUFS;
        tcp_attach(tcp, pcb);
        return 0;
}

static int tcp_socket_bind(struct socket *socket, const ip_addr_t *address, uint16_t port)
{
        struct tcp_socket *tcp = tcp_socket(socket);
        int error = tcp->phase == TCP_IDLE ? tcp_need_pcb(tcp) : -EINVAL;
        if (error != 0)
                return error;
        if (tcp->pcb->local_port != 0)
                return -EINVAL; /* bound already */
        ip_addr_t local = *address;
        address_for_bind(socket, &local);
        if (!ip_addr_isany(&local) && !address_is_local(&local))
                return -EADDRNOTAVAIL;
        error = error_from_lwip(tcp_bind(tcp->pcb, &local, port));
        remember_names(tcp);
        return error;
}

static err_t on_connected(void *arg, struct tcp_pcb *pcb, err_t error)
{
        (void)pcb;
        (void)error;
        struct tcp_socket *tcp = arg;
        tcp->phase = TCP_CONNECTED;
        socket_changed(&tcp->socket, POLLOUT);
        return ERR_OK;
}

static int wait_connected(struct tcp_socket *tcp)
{
        uint64_t deadline = socket_deadline(tcp->socket.send_timeout);
        int error = 0;
        while (tcp->phase == TCP_CONNECTING && error == 0)
                error = socket_wait(&tcp->socket, deadline);
        if (error != 0) /* it goes on in the background */
                return error == -EINTR ? -EINTR : -EINPROGRESS;
        if (tcp->phase == TCP_CONNECTED)
                return 0;
        error = socket_take_error(&tcp->socket);
        return error != 0 ? error : -ECONNABORTED;
}

static int start_connecting(struct tcp_socket *tcp, const ip_addr_t *address, uint16_t port)
{
        int error = tcp_need_pcb(tcp);
        if (error != 0)
                return error;
        ip_addr_t remote = *address;
        /* An unspecified destination means this guest, as everywhere. */
        if (ip_addr_isany(&remote)) {
                if (IP_IS_V6_VAL(remote))
                        IP_ADDR6(&remote, 0, 0, 0, PP_HTONL(1));
                else
                        IP_ADDR4(&remote, 127, 0, 0, 1);
        }
        err_t result = tcp_connect(tcp->pcb, &remote, port, on_connected);
        if (result != ERR_OK)
                return result == ERR_VAL ? -EADDRNOTAVAIL : error_from_lwip(result);
        tcp->phase = TCP_CONNECTING;
        remember_names(tcp);
        socket_refresh(&tcp->socket);
        return 0;
}

static int tcp_socket_connect(struct socket *socket, const ip_addr_t *address, uint16_t port, bool block)
{
        struct tcp_socket *tcp = tcp_socket(socket);
        int error;
        switch (tcp->phase) {
        case TCP_IDLE:
                break;
        case TCP_OVER:
                if (socket->error != 0)
                        return socket_take_error(socket);
                if (tcp->end_received || tcp->queued != 0)
                        return -EISCONN;
                tcp->phase = TCP_IDLE; /* the last attempt failed */
                break;
        case TCP_CONNECTING:
                return block ? wait_connected(tcp) : -EALREADY;
        case TCP_CONNECTED:
                return -EISCONN;
        default:
                return -EOPNOTSUPP;
        }
        if (port == 0)
                return -EADDRNOTAVAIL;
        if (!ip_addr_isloopback(address) && !ip_addr_isany(address) && !address_is_local(address)) {
                if (block)
                        (void)network_wait_configured();
        }
        error = start_connecting(tcp, address, port);
        if (error != 0)
                return error;
        return block ? wait_connected(tcp) : -EINPROGRESS;
}

static int tcp_socket_shutdown(struct socket *socket, bool receive, bool send)
{
        struct tcp_socket *tcp = tcp_socket(socket);
        if (tcp->phase == TCP_LISTENING)
                return -EINVAL;
        if (tcp->phase != TCP_CONNECTED)
                return -ENOTCONN;
        if (receive && !tcp->receive_shut) {
                tcp->receive_shut = true;
                size_t unread = tcp->queued;
                tcp_receive_queue_free(tcp);
                for (size_t now; tcp->pcb != NULL && unread > 0; unread -= now) {
                        now = unread < UINT16_MAX ? unread : UINT16_MAX;
                        tcp_recved(tcp->pcb, (u16_t)now);
                }
        }
        if (send && !tcp->send_shut) {
                if (tcp->pcb != NULL) {
                        err_t result = tcp_shutdown(tcp->pcb, 0, 1);
                        if (result != ERR_OK && result != ERR_CONN)
                                return error_from_lwip(result);
                }
                tcp->send_shut = true;
        }
        socket_changed(socket, POLLIN | POLLOUT | POLLHUP);
        return 0;
}

static int tcp_socket_name(struct socket *socket, bool peer, ip_addr_t *address, uint16_t *port)
{
        const struct tcp_socket *tcp = tcp_socket(socket);
        if (peer && tcp->phase != TCP_CONNECTED)
                return -ENOTCONN;
        if (tcp->pcb == NULL) {
                *address = peer ? tcp->remote : tcp->local;
                *port = peer ? tcp->remote_port : tcp->local_port;
                return 0;
        }
        *address = peer ? tcp->pcb->remote_ip : tcp->pcb->local_ip;
        *port = peer ? tcp->pcb->remote_port : tcp->pcb->local_port;
        return 0;
}

static short tcp_socket_ready(const struct socket *socket)
{
        const struct tcp_socket *tcp = (const struct tcp_socket *)(const void *)socket;
        int ready = socket->error != 0 ? POLLERR : 0;
        switch (tcp->phase) {
        case TCP_IDLE:
                return (short)(ready | POLLOUT | POLLHUP);
        case TCP_LISTENING:
                return (short)(ready | (list_empty(&tcp->backlog) ? 0 : POLLIN));
        case TCP_CONNECTING:
                return (short)ready;
        case TCP_OVER:
                return (short)(ready | POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
        case TCP_CONNECTED:
        default:
                break;
        }
        if (tcp->queued != 0 || tcp->end_received || tcp->receive_shut)
                ready |= POLLIN | POLLRDNORM;
        if (tcp->end_received || tcp->receive_shut)
                ready |= POLLRDHUP;
        if (tcp->send_shut || tcp->pcb == NULL || tcp_has_send_room(tcp))
                ready |= POLLOUT | POLLWRNORM;
        if (tcp->end_received && tcp->send_shut)
                ready |= POLLHUP;
        return (short)ready;
}

static size_t tcp_socket_available(const struct socket *socket)
{
        return ((const struct tcp_socket *)(const void *)socket)->queued;
}

/* SO_LINGER: closing waits until the peer has everything, at most that long. */
static void linger(struct tcp_socket *tcp)
{
        uint64_t deadline = socket_deadline((uint64_t)(unsigned)tcp->socket.linger.l_linger * NETWORK_SECOND);
        if (tcp->socket.file.flags & O_NONBLOCK)
                return;
        (void)tcp_socket_shutdown(&tcp->socket, false, true);
        while (tcp->pcb != NULL && (tcp->pcb->unacked != NULL || tcp->pcb->unsent != NULL))
                if (socket_wait(&tcp->socket, deadline) != 0)
                        return;
}

/* Gives back what a small SO_RCVBUF kept of the window: lwIP takes a window that is not full for unread data. */
static void restore_window(struct tcp_socket *tcp)
{
        while (tcp->withheld != 0) {
                u16_t now = (u16_t)(tcp->withheld < UINT16_MAX ? tcp->withheld : UINT16_MAX);
                tcp_recved(tcp->pcb, now);
                tcp->withheld -= now;
        }
}

/*
 * A closed connection whose last bytes are still to be sent. lwIP forgets one that has waited for its end for two of
 * TCP_MSL, whether or not bytes arrive meanwhile, and keeps one for ever whose peer says that it has no room.
 */
static err_t closed_sent(void *arg, struct tcp_pcb *pcb, u16_t bytes)
{
        (void)arg;
        (void)bytes;
        tcp_arg(pcb, NULL);
        pcb->tmr = tcp_ticks;
        return ERR_OK;
}

/* Called each second in which the peer acknowledged nothing; the argument counts them. */
static err_t closed_waits(void *arg, struct tcp_pcb *pcb)
{
        const uintptr_t seconds = (uintptr_t)arg + 1;
        const struct tcp_seg *first = pcb->unacked != NULL ? pcb->unacked : pcb->unsent;
        if (seconds > CLOSED_WAIT_MOST) {
                tcp_abort(pcb);
                return ERR_ABRT;
        }
        tcp_arg(pcb, (void *)seconds);
        if (first != NULL && first->len != 0)
                pcb->tmr = tcp_ticks;
        return ERR_OK;
}

static void tcp_socket_close(struct socket *socket)
{
        struct tcp_socket *tcp = tcp_socket(socket);
        if (tcp->phase == TCP_LISTENING) {
                tcp_listener_close(tcp);
                socket_free(socket);
                return;
        }
        if (socket->linger.l_onoff && socket->linger.l_linger > 0 && tcp->phase == TCP_CONNECTED)
                linger(tcp);
        struct tcp_pcb *pcb = tcp->pcb;
        if (pcb != NULL) {
                bool reset = socket->linger.l_onoff && socket->linger.l_linger == 0 && tcp->phase == TCP_CONNECTED;
                restore_window(tcp);
                tcp_detach(tcp);
                tcp_sent(pcb, closed_sent);
                tcp_poll(pcb, closed_waits, 1000 / TCP_SLOW_INTERVAL);
                if (reset || tcp_close(pcb) != ERR_OK)
                        tcp_abort(pcb);
        }
        tcp_receive_queue_free(tcp);
        socket_free(socket);
}

static const struct socket_operations tcp_operations = {
        .bind = tcp_socket_bind,
        .listen = tcp_socket_listen,
        .accept = tcp_socket_accept,
        .connect = tcp_socket_connect,
        .shutdown = tcp_socket_shutdown,
        .name = tcp_socket_name,
        .send = tcp_socket_send,
        .receive = tcp_socket_receive,
        .ready = tcp_socket_ready,
        .available = tcp_socket_available,
        .set_option = tcp_socket_set_option,
        .get_option = tcp_socket_get_option,
        .options_changed = tcp_socket_options_changed,
        .close = tcp_socket_close,
};

struct tcp_socket *tcp_socket_create(int family)
{
        struct socket *socket =
                socket_new(sizeof(struct tcp_socket), &tcp_operations, family, SOCK_STREAM, IPPROTO_TCP);
        if (socket == NULL)
                return NULL;
        struct tcp_socket *tcp = tcp_socket(socket);
        list_init(&tcp->backlog);
        socket->keepalive = true;
        socket_refresh(socket);
        return tcp;
}

int tcp_socket_new(struct socket **socket, int family, int protocol)
{
        if (protocol != 0 && protocol != IPPROTO_TCP)
                return -EPROTONOSUPPORT;
        struct tcp_socket *tcp = tcp_socket_create(family);
        if (tcp == NULL)
                return -ENOBUFS;
        *socket = &tcp->socket;
        return 0;
}
