/*
 * Listening TCP sockets. lwIP counts connections that nobody has accepted, half-open ones included, against the
 * backlog, and drops further SYNs: that bounds what a SYN flood can take.
 */
#include <errno.h>
#include <poll.h>

#include "tcp.h"

#define LWIP_BACKLOG_MOST 255

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t error)
{
        struct tcp_socket *listener = arg;
        if (error != ERR_OK || pcb == NULL)
                return ERR_VAL; /* no memory for a control block; the peer will ask again */
        struct tcp_socket *tcp = listener != NULL ? tcp_socket_create(listener->socket.family) : NULL;
        if (tcp == NULL) {
                tcp_abort(pcb);
                return ERR_ABRT;
        }
        const struct socket *from = &listener->socket;
        tcp->socket.v6only = from->v6only;
        tcp->socket.keepalive = from->keepalive;
        tcp->socket.linger = from->linger;
        tcp->socket.reuse_address = from->reuse_address;
        tcp->socket.receive_buffer = from->receive_buffer;
        tcp->socket.send_buffer = from->send_buffer;
        tcp->socket.receive_timeout = from->receive_timeout;
        tcp->socket.send_timeout = from->send_timeout;
        tcp->socket.ttl = from->ttl;
        tcp->socket.tos = from->tos;
        tcp->nodelay = listener->nodelay;
        tcp->keep_idle = listener->keep_idle;
        tcp->keep_interval = listener->keep_interval;
        tcp->keep_count = listener->keep_count;
        tcp->phase = TCP_CONNECTED;
        tcp->listener = listener;
        list_append(&listener->backlog, &tcp->waiting);
        tcp_attach(tcp, pcb);
        tcp_backlog_delayed(pcb);
        socket_refresh(&tcp->socket);
        socket_changed(&listener->socket, POLLIN);
        return ERR_OK;
}

int tcp_socket_listen(struct socket *socket, int backlog)
{
        struct tcp_socket *tcp = tcp_socket(socket);
        if (backlog < 1)
                backlog = 1;
        if (backlog > LWIP_BACKLOG_MOST)
                backlog = LWIP_BACKLOG_MOST;
        if (tcp->phase == TCP_LISTENING) {
                tcp_backlog_set(tcp->pcb, (u8_t)backlog);
                return 0;
        }
        if (tcp->phase != TCP_IDLE)
                return -EINVAL;
        int error = tcp_need_pcb(tcp);
        if (error != 0)
                return error;
        if (tcp->pcb->local_port == 0) {
                ip_addr_t any = *(socket->family == AF_INET ? IP4_ADDR_ANY : IP6_ADDR_ANY);
                address_for_bind(socket, &any);
                err_t bound = tcp_bind(tcp->pcb, &any, 0);
                if (bound != ERR_OK)
                        return error_from_lwip(bound);
        }
        err_t result;
        struct tcp_pcb *pcb = tcp_listen_with_backlog_and_err(tcp->pcb, (u8_t)backlog, &result);
        if (pcb == NULL)
                return error_from_lwip(result);
        tcp->pcb = pcb; /* lwIP has replaced it */
        tcp_arg(pcb, tcp);
        tcp_accept(pcb, on_accept);
        tcp->phase = TCP_LISTENING;
        socket_refresh(socket);
        return 0;
}

int tcp_socket_accept(struct socket *socket, struct socket **accepted, bool block)
{
        struct tcp_socket *tcp = tcp_socket(socket);
        if (tcp->phase != TCP_LISTENING)
                return -EINVAL;
        uint64_t deadline = socket_deadline(socket->receive_timeout);
        while (list_empty(&tcp->backlog)) {
                int error = socket_wait_if(block, socket, deadline);
                if (error != 0)
                        return error;
        }
        struct tcp_socket *connection = list_entry(list_first(&tcp->backlog), struct tcp_socket, waiting);
        list_remove(&connection->waiting);
        connection->listener = NULL;
        if (connection->pcb != NULL)
                tcp_backlog_accepted(connection->pcb);
        socket_refresh(socket);
        *accepted = &connection->socket;
        return 0;
}

void tcp_listener_close(struct tcp_socket *tcp)
{
        while (!list_empty(&tcp->backlog)) {
                struct tcp_socket *connection = list_entry(list_first(&tcp->backlog), struct tcp_socket, waiting);
                list_remove(&connection->waiting);
                connection->listener = NULL;
                struct tcp_pcb *pcb = connection->pcb;
                if (pcb != NULL) {
                        tcp_detach(connection);
                        tcp_abort(pcb);
                }
                tcp_receive_queue_free(connection);
                socket_free(&connection->socket);
        }
        tcp_arg(tcp->pcb, NULL);
        tcp_close(tcp->pcb);
        tcp->pcb = NULL;
}
