/* The inside of a TCP socket, shared by tcp.c (life), tcp_listen.c (accepting) and tcp_data.c (bytes). */
#ifndef CORACLE_NET_TCP_H
#define CORACLE_NET_TCP_H

#include "socket.h"
#include "lwip/tcp.h"

enum tcp_phase {
        TCP_IDLE, /* not connected yet */
        TCP_LISTENING,
        TCP_CONNECTING, /* SYN sent */
        TCP_CONNECTED,
        TCP_OVER /* was connected, or failed to be */
};

struct tcp_socket {
        struct socket socket; /* first */
        enum tcp_phase phase;
        /* NULL when lwIP has freed it: after an error, or when both directions are closed. */
        struct tcp_pcb *pcb;
        ip_addr_t local, remote; /* as they were when pcb went away */
        uint16_t local_port, remote_port;

        /* Received, not yet read: single pbufs linked by next, each wholly ours. */
        struct pbuf *first, *last;
        uint32_t first_read; /* bytes of the first already read */
        size_t queued;       /* bytes, those already read left out */
        uint32_t withheld;   /* of the window, because of a small SO_RCVBUF */
        bool end_received;   /* FIN */
        bool receive_shut, send_shut;
        bool no_memory;     /* a write found no memory; POLLOUT is withheld until the poll timer has fired */
        bool in_place;      /* what was sent last lies in memory that stays: of that, more may be queued */
        bool long_segments; /* some of what was sent may be in segments longer than a packet */
        bool nodelay, corked;
        uint32_t keep_idle, keep_interval, keep_count; /* 0: the default; milliseconds but for the count */

        /* A listener's accept queue, or this socket's place in one. */
        struct list backlog;
        struct list waiting;
        unsigned backlog_most;
        struct tcp_socket *listener;
};

static inline struct tcp_socket *tcp_socket(struct socket *socket)
{
        return (struct tcp_socket *)(void *)socket;
}

/* ---- tcp.c ---- */
struct tcp_socket *tcp_socket_create(int family);
/* Ties a connected control block to a socket: callbacks and options. */
void tcp_attach(struct tcp_socket *tcp, struct tcp_pcb *pcb);
/* Gives the socket a control block when it has none. Returns 0 or -ENOBUFS. */
int tcp_need_pcb(struct tcp_socket *tcp);
/* Lets go of the control block, whose owner is then lwIP alone. */
void tcp_detach(struct tcp_socket *tcp);

/* ---- tcp_listen.c ---- */
int tcp_socket_listen(struct socket *socket, int backlog);
int tcp_socket_accept(struct socket *socket, struct socket **accepted, bool block);
void tcp_listener_close(struct tcp_socket *tcp);

/* ---- tcp_data.c ---- */
ssize_t tcp_socket_send(struct socket *socket, struct message *message, bool block);
ssize_t tcp_socket_receive(struct socket *socket, struct message *message, bool block);
void tcp_receive_queue_free(struct tcp_socket *tcp);
/* Sends file data without a copy: the memory stays as it is for ever. Returns bytes queued, or a negative errno. */
ssize_t tcp_socket_send_static(struct socket *socket, const void *data, size_t bytes, bool block);
bool tcp_has_send_room(const struct tcp_socket *tcp);
err_t tcp_on_receive(void *arg, struct tcp_pcb *pcb, struct pbuf *data, err_t error);
err_t tcp_on_sent(void *arg, struct tcp_pcb *pcb, u16_t bytes);
err_t tcp_on_poll(void *arg, struct tcp_pcb *pcb);

/* ---- tcp_options.c ---- */
int tcp_socket_set_option(struct socket *socket, int level, int name, int value);
int tcp_socket_get_option(struct socket *socket, int level, int name, int *value);
void tcp_socket_options_changed(struct socket *socket);

#endif
