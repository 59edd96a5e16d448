/*
 * UDP sockets. Datagrams queue at the socket as lwIP delivers them, without a copy, up to SO_RCVBUF; what does not fit
 * is dropped, as UDP may.
 */
#include <errno.h>
#include <poll.h>

#include "datagram.h"
#include "lwip/udp.h"

struct udp_socket {
        struct datagram_socket datagram; /* first */
        struct udp_pcb *pcb;
};

static struct udp_socket *udp_socket(struct socket *socket)
{
        return (struct udp_socket *)(void *)socket;
}

static void on_receive(void *arg, struct udp_pcb *pcb, struct pbuf *data, const ip_addr_t *from, u16_t port)
{
        (void)pcb;
        datagram_arrived(arg, data, from, port);
}

#define DYNAMIC_PORTS 49152u /* RFC 6335 section 6: from here on */
#define GUESSES       32u

static bool is_taken(u16_t port)
{
        for (const struct udp_pcb *pcb = udp_pcbs; pcb != NULL; pcb = pcb->next)
                if (pcb->local_port == port)
                        return true;
        return false;
}

/*
 * A port for a socket that nobody has bound: any, so that who sees one knows no other (RFC 6056 section 3.3.1; a forged
 * answer to a question of DNS has to hit it). lwIP's, which counts up, when most are taken.
 */
static u16_t free_port(void)
{
        for (unsigned i = 0; i < GUESSES; i++) {
                const u16_t port = (u16_t)(DYNAMIC_PORTS | network_random());
                if (!is_taken(port))
                        return port;
        }
        return 0;
}

static err_t have_port(struct udp_pcb *pcb)
{
        return pcb->local_port != 0 ? ERR_OK : udp_bind(pcb, &pcb->local_ip, free_port());
}

static int udp_socket_bind(struct socket *socket, const ip_addr_t *address, uint16_t port)
{
        struct udp_socket *udp = udp_socket(socket);
        if (udp->pcb->local_port != 0)
                return -EINVAL;
        ip_addr_t local = *address;
        address_for_bind(socket, &local);
        if (!ip_addr_isany(&local) && !ip_addr_ismulticast(&local) && !address_is_local(&local) &&
            !(IP_IS_V4_VAL(local) && ip4_addr_get_u32(ip_2_ip4(&local)) == IPADDR_BROADCAST))
                return -EADDRNOTAVAIL;
        return error_from_lwip(udp_bind(udp->pcb, &local, port != 0 ? port : free_port()));
}

static int udp_socket_connect(struct socket *socket, const ip_addr_t *address, uint16_t port, bool block)
{
        struct udp_socket *udp = udp_socket(socket);
        if (block && !ip_addr_isloopback(address))
                (void)network_wait_configured();
        err_t result = have_port(udp->pcb);
        if (result == ERR_OK)
                result = udp_connect(udp->pcb, address, port);
        if (result == ERR_OK)
                udp->datagram.connected = true;
        return error_from_lwip(result);
}

static int udp_socket_disconnect(struct socket *socket)
{
        struct udp_socket *udp = udp_socket(socket);
        udp_disconnect(udp->pcb);
        udp->datagram.connected = false;
        return 0;
}

static int udp_socket_name(struct socket *socket, bool peer, ip_addr_t *address, uint16_t *port)
{
        const struct udp_socket *udp = udp_socket(socket);
        if (peer && !udp->datagram.connected)
                return -ENOTCONN;
        *address = peer ? udp->pcb->remote_ip : udp->pcb->local_ip;
        *port = peer ? udp->pcb->remote_port : udp->pcb->local_port;
        return 0;
}

static int transmit(struct datagram_socket *datagram, struct pbuf *data, const ip_addr_t *to, uint16_t port)
{
        struct udp_socket *udp = (struct udp_socket *)(void *)datagram;
        const err_t result = have_port(udp->pcb);
        if (result != ERR_OK)
                return result;
        return to != NULL ? udp_sendto(udp->pcb, data, to, port) : udp_send(udp->pcb, data);
}

static ssize_t udp_socket_send(struct socket *socket, struct message *message, bool block)
{
        return datagram_send(&udp_socket(socket)->datagram, message, block, transmit);
}

static void udp_socket_options_changed(struct socket *socket)
{
        struct udp_pcb *pcb = udp_socket(socket)->pcb;
        pcb->so_options = (u8_t)((pcb->so_options & ~(SOF_REUSEADDR | SOF_BROADCAST)) |
                                 (socket->reuse_address ? SOF_REUSEADDR : 0) | (socket->broadcast ? SOF_BROADCAST : 0));
        if (socket->ttl != 0)
                pcb->ttl = socket->ttl;
        pcb->tos = socket->tos;
}

static void udp_socket_close(struct socket *socket)
{
        struct udp_socket *udp = udp_socket(socket);
        if (udp->pcb != NULL)
                udp_remove(udp->pcb);
        datagram_close(&udp->datagram);
}

static int multicast_option(struct udp_pcb *pcb, int name, int value)
{
        switch (name) {
        case IP_MULTICAST_TTL:
                if (value < -1 || value > 255)
                        return -EINVAL;
                udp_set_multicast_ttl(pcb, (u8_t)(value == -1 ? 1 : value));
                return 0;
        case IP_MULTICAST_LOOP:
                if (value)
                        udp_set_flags(pcb, UDP_FLAGS_MULTICAST_LOOP);
                else
                        udp_clear_flags(pcb, UDP_FLAGS_MULTICAST_LOOP);
                return 0;
        default:
                return -ENOPROTOOPT;
        }
}

static int udp_socket_set_option(struct socket *socket, int level, int name, int value)
{
        struct udp_pcb *pcb = udp_socket(socket)->pcb;
        if (level == IPPROTO_IP)
                return multicast_option(pcb, name, value);
        if (level != IPPROTO_IPV6)
                return -ENOPROTOOPT;
        switch (name) {
        case IPV6_MULTICAST_HOPS:
                return multicast_option(pcb, IP_MULTICAST_TTL, value);
        case IPV6_MULTICAST_LOOP:
                return multicast_option(pcb, IP_MULTICAST_LOOP, value);
        case IPV6_MULTICAST_IF:
                udp_set_multicast_netif_index(pcb, (u8_t)value);
                return 0;
        default:
                return -ENOPROTOOPT;
        }
}

static int udp_socket_get_option(struct socket *socket, int level, int name, int *value)
{
        const struct udp_pcb *pcb = udp_socket(socket)->pcb;
        if (level == IPPROTO_IP && name == IP_MULTICAST_TTL)
                *value = udp_get_multicast_ttl(pcb);
        else if (level == IPPROTO_IP && name == IP_MULTICAST_LOOP)
                *value = (udp_flags(pcb) & UDP_FLAGS_MULTICAST_LOOP) != 0;
        else
                return -ENOPROTOOPT;
        return 0;
}

static const struct socket_operations udp_operations = {
        .bind = udp_socket_bind,
        .connect = udp_socket_connect,
        .disconnect = udp_socket_disconnect,
        .shutdown = datagram_shutdown,
        .name = udp_socket_name,
        .send = udp_socket_send,
        .receive = datagram_receive,
        .ready = datagram_ready,
        .available = datagram_available,
        .set_option = udp_socket_set_option,
        .get_option = udp_socket_get_option,
        .options_changed = udp_socket_options_changed,
        .close = udp_socket_close,
};

int udp_socket_new(struct socket **socket, int family, int protocol)
{
        if (protocol != 0 && protocol != IPPROTO_UDP)
                return -EPROTONOSUPPORT;
        struct socket *made = socket_new(sizeof(struct udp_socket), &udp_operations, family, SOCK_DGRAM, IPPROTO_UDP);
        if (made == NULL)
                return -ENOBUFS;
        struct udp_socket *udp = udp_socket(made);
        udp->pcb = udp_new_ip_type(address_type(made));
        if (udp->pcb == NULL) {
                socket_free(made);
                return -ENOBUFS;
        }
        udp_recv(udp->pcb, on_receive, udp);
        socket_refresh(made);
        *socket = made;
        return 0;
}
