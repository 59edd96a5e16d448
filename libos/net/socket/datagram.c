/* Queues of datagrams (see datagram.h). */
#include "datagram.h"

#include <errno.h>
#include <poll.h>

#include <platform.h>

#define DATAGRAM_MOST   65507u
#define RECEIVE_DEFAULT 212992u /* bytes of memory, as Linux */
#define SEND_RETRY      NETWORK_MILLISECOND

struct datagram {
        struct datagram *next;
        struct pbuf *data;
        ip_addr_t from;
        uint16_t port;
        uint32_t memory;
};

static void drop(struct datagram_socket *datagram, struct pbuf *data)
{
        datagram->dropped++;
        pbuf_free(data);
}

void datagram_arrived(struct datagram_socket *datagram, struct pbuf *data, const ip_addr_t *from, uint16_t port)
{
        uint32_t room = datagram->socket.receive_buffer != 0 ? datagram->socket.receive_buffer : RECEIVE_DEFAULT;
        uint32_t memory = (uint32_t)sizeof(struct datagram) + data->tot_len;
        if (datagram->receive_shut || datagram->occupied + memory > room || network_heap_low()) {
                drop(datagram, data);
                return;
        }
        struct datagram *item = network_heap_alloc(sizeof(*item));
        if (item == NULL) {
                drop(datagram, data);
                return;
        }
        *item = (struct datagram){NULL, data, *from, port, memory};
        if (datagram->last != NULL)
                datagram->last->next = item;
        else
                datagram->first = item;
        datagram->last = item;
        datagram->queued += data->tot_len;
        datagram->occupied += memory;
        socket_changed(&datagram->socket, POLLIN);
}

static void pop(struct datagram_socket *datagram)
{
        struct datagram *item = datagram->first;
        datagram->first = item->next;
        if (datagram->first == NULL)
                datagram->last = NULL;
        datagram->queued -= item->data->tot_len;
        datagram->occupied -= item->memory;
        pbuf_free(item->data);
        network_heap_free(item);
}

ssize_t datagram_receive(struct socket *socket, struct message *message, bool block)
{
        struct datagram_socket *datagram = (struct datagram_socket *)(void *)socket;
        uint64_t deadline = block ? socket_deadline(socket->receive_timeout) : 0;
        while (datagram->first == NULL) {
                if (socket->error != 0)
                        return socket_take_error(socket);
                if (datagram->receive_shut)
                        return 0;
                int error = socket_wait_if(block, socket, deadline);
                if (error != 0)
                        return error;
        }
        const struct datagram *item = datagram->first;
        size_t bytes = item->data->tot_len;
        size_t copied = bytes < message->bytes ? bytes : message->bytes;
        struct vector_cursor cursor;
        cursor_start(&cursor, message->vector, message->count);
        cursor_write_pbuf(&cursor, item->data, 0, copied);
        address_to_user(socket, &item->from, item->port, message->name, &message->name_bytes);
        if (copied < bytes)
                message->flags_out |= MSG_TRUNC;
        if (!(message->flags & MSG_PEEK)) {
                pop(datagram);
                socket_refresh(socket);
        }
        return (ssize_t)(message->flags & MSG_TRUNC ? bytes : copied);
}

static int destination(struct datagram_socket *datagram, const struct message *message, ip_addr_t *to, uint16_t *port)
{
        const struct socket *socket = &datagram->socket;
        int error = address_from_user(socket, message->name, message->name_bytes, to, port);
        if (error != 0)
                return error;
        if (*port == 0 && socket->type == SOCK_DGRAM && socket->protocol == IPPROTO_UDP)
                return -EINVAL;
        return 0;
}

ssize_t datagram_send(struct datagram_socket *datagram, struct message *message, bool block,
                      int (*transmit)(struct datagram_socket *datagram, struct pbuf *data, const ip_addr_t *to,
                                      uint16_t port))
{
        struct socket *socket = &datagram->socket;
        ip_addr_t to;
        uint16_t port = 0;
        if (datagram->send_shut)
                return -EPIPE;
        if (message->name == NULL && !datagram->connected)
                return -EDESTADDRREQ;
        if (message->bytes > DATAGRAM_MOST)
                return -EMSGSIZE;
        int error = message->name != NULL ? destination(datagram, message, &to, &port) : 0;
        if (error != 0)
                return error;
        if (block && message->name != NULL && !ip_addr_isloopback(&to))
                (void)network_wait_configured();

        uint64_t deadline = block ? socket_deadline(socket->send_timeout) : 0;
        for (;;) {
                err_t result = ERR_MEM;
                struct pbuf *data =
                        network_heap_low() ? NULL : pbuf_alloc(PBUF_TRANSPORT, (u16_t)message->bytes, PBUF_RAM);
                if (data != NULL) {
                        struct vector_cursor cursor;
                        cursor_start(&cursor, message->vector, message->count);
                        cursor_read(&cursor, data->payload, message->bytes);
                        result = (err_t)transmit(datagram, data, message->name != NULL ? &to : NULL, port);
                        pbuf_free(data);
                }
                if (result == ERR_OK)
                        return (ssize_t)message->bytes;
                if (result == ERR_VAL && message->name != NULL)
                        return -EACCES; /* a broadcast without SO_BROADCAST */
                if (result != ERR_MEM)
                        return error_from_lwip(result);
                if (!block || platform_clock_monotonic() >= deadline)
                        return -EAGAIN;
                /* The device's ring or the heap is full: both empty soon, without telling this socket. */
                if (socket_wait(socket, platform_clock_monotonic() + SEND_RETRY) == -EINTR)
                        return -EINTR;
        }
}

int datagram_shutdown(struct socket *socket, bool receive, bool send)
{
        struct datagram_socket *datagram = (struct datagram_socket *)(void *)socket;
        datagram->receive_shut |= receive;
        datagram->send_shut |= send;
        socket_changed(socket, POLLIN | POLLOUT);
        return datagram->connected ? 0 : -ENOTCONN;
}

short datagram_ready(const struct socket *socket)
{
        const struct datagram_socket *datagram = (const struct datagram_socket *)(const void *)socket;
        int ready = POLLOUT | POLLWRNORM;
        if (datagram->first != NULL || datagram->receive_shut)
                ready |= POLLIN | POLLRDNORM;
        if (socket->error != 0)
                ready |= POLLERR;
        return (short)ready;
}

size_t datagram_available(const struct socket *socket)
{
        const struct datagram_socket *datagram = (const struct datagram_socket *)(const void *)socket;
        return datagram->first != NULL ? datagram->first->data->tot_len : 0;
}

void datagram_close(struct datagram_socket *datagram)
{
        while (datagram->first != NULL)
                pop(datagram);
        socket_free(&datagram->socket);
}
