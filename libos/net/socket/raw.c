/*
 * Raw sockets: ICMP and other protocols above IP, for ping and its like. A received IPv4 packet comes with its IP
 * header, an IPv6 one without (RFC 3542). The kernel's own answers (to pings, say) are sent all the same.
 */
#include <errno.h>

#include "datagram.h"
#include "lwip/ip.h"
#include "lwip/raw.h"

struct raw_socket {
        struct datagram_socket datagram; /* first */
        struct raw_pcb *pcb;
};

static struct raw_socket *raw_socket(struct socket *socket)
{
        return (struct raw_socket *)(void *)socket;
}

/* lwIP goes on with the packet itself: take a copy. */
static u8_t on_receive(void *arg, struct raw_pcb *pcb, struct pbuf *data, const ip_addr_t *from)
{
        const struct raw_socket *raw = arg;
        (void)pcb;
        if (raw->datagram.receive_shut)
                return 0;
        u16_t skip = IP_IS_V6_VAL(*from) ? ip_current_header_tot_len() : 0;
        struct pbuf *copy = pbuf_alloc(PBUF_RAW, data->tot_len, PBUF_RAM);
        if (copy == NULL || pbuf_copy(copy, data) != ERR_OK || pbuf_remove_header(copy, skip) != 0) {
                if (copy != NULL)
                        pbuf_free(copy);
                return 0;
        }
        datagram_arrived(arg, copy, from, 0);
        return 0;
}

static int raw_socket_bind(struct socket *socket, const ip_addr_t *address, uint16_t port)
{
        (void)port;
        return error_from_lwip(raw_bind(raw_socket(socket)->pcb, address));
}

static int raw_socket_connect(struct socket *socket, const ip_addr_t *address, uint16_t port, bool block)
{
        (void)port;
        (void)block;
        struct raw_socket *raw = raw_socket(socket);
        err_t result = raw_connect(raw->pcb, address);
        raw->datagram.connected = result == ERR_OK;
        return error_from_lwip(result);
}

static int raw_socket_disconnect(struct socket *socket)
{
        raw_disconnect(raw_socket(socket)->pcb);
        raw_socket(socket)->datagram.connected = false;
        return 0;
}

static int raw_socket_name(struct socket *socket, bool peer, ip_addr_t *address, uint16_t *port)
{
        const struct raw_socket *raw = raw_socket(socket);
        if (peer && !raw->datagram.connected)
                return -ENOTCONN;
        *address = peer ? raw->pcb->remote_ip : raw->pcb->local_ip;
        *port = 0;
        return 0;
}

static int transmit(struct datagram_socket *datagram, struct pbuf *data, const ip_addr_t *to, uint16_t port)
{
        struct raw_socket *raw = (struct raw_socket *)(void *)datagram;
        (void)port;
        return to != NULL ? raw_sendto(raw->pcb, data, to) : raw_send(raw->pcb, data);
}

static ssize_t raw_socket_send(struct socket *socket, struct message *message, bool block)
{
        return datagram_send(&raw_socket(socket)->datagram, message, block, transmit);
}

static int raw_socket_option(struct socket *socket, int level, int name, int value)
{
        struct raw_pcb *pcb = raw_socket(socket)->pcb;
        if (level == IPPROTO_IP && name == IP_HDRINCL) {
                raw_set_flags(pcb, (u8_t)(value ? RAW_FLAGS_HDRINCL : 0));
                return 0;
        }
        return -ENOPROTOOPT;
}

static int raw_socket_get_option(struct socket *socket, int level, int name, int *value)
{
        (void)socket;
        (void)level;
        (void)name;
        (void)value;
        return -ENOPROTOOPT;
}

static void raw_socket_options_changed(struct socket *socket)
{
        struct raw_pcb *pcb = raw_socket(socket)->pcb;
        if (socket->broadcast)
                ip_set_option(pcb, SOF_BROADCAST);
        else
                ip_reset_option(pcb, SOF_BROADCAST);
        if (socket->ttl != 0)
                pcb->ttl = socket->ttl;
        pcb->tos = socket->tos;
}

static void raw_socket_close(struct socket *socket)
{
        struct raw_socket *raw = raw_socket(socket);
        if (raw->pcb != NULL)
                raw_remove(raw->pcb);
        datagram_close(&raw->datagram);
}

static const struct socket_operations raw_operations = {
        .bind = raw_socket_bind,
        .connect = raw_socket_connect,
        .disconnect = raw_socket_disconnect,
        .shutdown = datagram_shutdown,
        .name = raw_socket_name,
        .send = raw_socket_send,
        .receive = datagram_receive,
        .ready = datagram_ready,
        .available = datagram_available,
        .set_option = raw_socket_option,
        .get_option = raw_socket_get_option,
        .options_changed = raw_socket_options_changed,
        .close = raw_socket_close,
};

int raw_socket_new(struct socket **socket, int family, int type, int protocol)
{
        if (protocol <= 0 || protocol > 255)
                return -EPROTONOSUPPORT;
        struct socket *made = socket_new(sizeof(struct raw_socket), &raw_operations, family, type, protocol);
        if (made == NULL)
                return -ENOBUFS;
        struct raw_socket *raw = raw_socket(made);
        raw->pcb = raw_new_ip_type(family == AF_INET ? IPADDR_TYPE_V4 : IPADDR_TYPE_V6, (u8_t)protocol);
        if (raw->pcb == NULL) {
                socket_free(made);
                return -ENOBUFS;
        }
        if (protocol == IPPROTO_ICMPV6) {
                raw->pcb->chksum_reqd = 1;
                raw->pcb->chksum_offset = 2;
        }
        raw_recv(raw->pcb, on_receive, raw);
        socket_refresh(made);
        *socket = made;
        return 0;
}
