/* What UDP and raw sockets share: a queue of received datagrams, and building one to send. Core lock held. */
#ifndef CORACLE_NET_DATAGRAM_H
#define CORACLE_NET_DATAGRAM_H

#include "socket.h"
#include "lwip/pbuf.h"

struct datagram;

struct datagram_socket {
        struct socket socket; /* first */
        struct datagram *first, *last;
        size_t queued;    /* bytes of data */
        size_t occupied;  /* bytes of memory, against SO_RCVBUF */
        uint64_t dropped; /* for want of room or memory */
        bool connected, receive_shut, send_shut;
};

/* lwIP delivers one; the queue takes over `data`. */
void datagram_arrived(struct datagram_socket *datagram, struct pbuf *data, const ip_addr_t *from, uint16_t port);

/* Sends through `transmit` (to: NULL for the connected peer), which returns an lwIP error and leaves `data` ours. */
ssize_t datagram_send(struct datagram_socket *datagram, struct message *message, bool block,
                      int (*transmit)(struct datagram_socket *datagram, struct pbuf *data, const ip_addr_t *to,
                                      uint16_t port));
ssize_t datagram_receive(struct socket *socket, struct message *message, bool block);
int datagram_shutdown(struct socket *socket, bool receive, bool send);
short datagram_ready(const struct socket *socket);
size_t datagram_available(const struct socket *socket);
/* Frees the queue and the socket. */
void datagram_close(struct datagram_socket *datagram);

#endif
