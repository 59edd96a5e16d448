/* getsockopt and setsockopt: what is common here, the rest by the kind of socket. */
#include <errno.h>
#include <string.h>
#include <sys/time.h>

#include "calls.h"
#include "lwip/igmp.h"
#include "lwip/mld6.h"

#define BUFFER_LEAST 2048
#define BUFFER_MOST  (16 * 1024 * 1024)

static int read_int(const void *value, socklen_t length, int *number)
{
        if (value == NULL)
                return -EFAULT;
        if (length >= sizeof(int)) {
                memcpy(number, value, sizeof(int));
                return 0;
        }
        if (length < 1)
                return -EINVAL;
        *number = *(const unsigned char *)value; /* BSD's one-byte form of the multicast options */
        return 0;
}

static int read_time(const void *value, socklen_t length, uint64_t *nanoseconds)
{
        struct timeval time;
        if (value == NULL || length < sizeof(time))
                return -EINVAL;
        memcpy(&time, value, sizeof(time));
        if (time.tv_usec < 0 || time.tv_usec >= 1000000)
                return -EDOM;
        if (time.tv_sec < 0)
                time.tv_sec = time.tv_usec = 0;
        if ((uint64_t)time.tv_sec > UINT64_MAX / NETWORK_SECOND / 2)
                *nanoseconds = 0;
        else
                *nanoseconds = (uint64_t)time.tv_sec * NETWORK_SECOND + (uint64_t)time.tv_usec * 1000u;
        return 0;
}

static uint32_t buffer_size(int wanted)
{
        if (wanted < BUFFER_LEAST)
                return BUFFER_LEAST;
        return (uint32_t)(wanted < BUFFER_MOST ? wanted : BUFFER_MOST);
}

static int set_common_int(struct socket *socket, int name, int value)
{
        switch (name) {
        case SO_REUSEADDR:
                socket->reuse_address = value != 0;
                break;
        case SO_REUSEPORT:
                return value ? -ENOPROTOOPT : 0;
        case SO_KEEPALIVE:
                socket->keepalive = value != 0;
                break;
        case SO_BROADCAST:
                socket->broadcast = value != 0;
                break;
        case SO_RCVBUF:
                socket->receive_buffer = buffer_size(value);
                return 0;
        case SO_SNDBUF:
                socket->send_buffer = buffer_size(value);
                socket_changed(socket, 0);
                return 0;
        case SO_DONTROUTE:
        case SO_OOBINLINE:
        case SO_PRIORITY:
        case SO_DEBUG:
        case SO_RCVLOWAT:
                return 0;
        default:
                return -ENOPROTOOPT;
        }
        if (socket->operations->options_changed != NULL)
                socket->operations->options_changed(socket);
        return 0;
}

static int set_common(struct socket *socket, int name, const void *value, socklen_t length)
{
        if (name == SO_RCVTIMEO)
                return read_time(value, length, &socket->receive_timeout);
        if (name == SO_SNDTIMEO)
                return read_time(value, length, &socket->send_timeout);
        if (name == SO_LINGER) {
                if (value == NULL || length < sizeof(socket->linger))
                        return -EINVAL;
                memcpy(&socket->linger, value, sizeof(socket->linger));
                return 0;
        }
        int number, error = read_int(value, length, &number);
        return error != 0 ? error : set_common_int(socket, name, number);
}

static struct netif *interface_by_number(unsigned number)
{
        return number != 0 && number <= UINT8_MAX ? netif_get_by_index((u8_t)number) : netif_default;
}

static int membership(int name, const void *value, socklen_t length)
{
        struct ip_mreqn request = {0};
        if (length < sizeof(struct ip_mreq))
                return -EINVAL;
        memcpy(&request, value, length < sizeof(request) ? length : sizeof(request));
        ip4_addr_t group = {request.imr_multiaddr.s_addr};
        struct netif *netif = interface_by_number((unsigned)request.imr_ifindex);
        struct netif *each;
        NETIF_FOREACH(each)
        if (request.imr_address.s_addr != 0 && ip4_addr_get_u32(netif_ip4_addr(each)) == request.imr_address.s_addr)
                netif = each;
        if (netif == NULL)
                return -ENODEV;
        if (!ip4_addr_ismulticast(&group))
                return -EINVAL;
        return error_from_lwip(name == IP_ADD_MEMBERSHIP ? igmp_joingroup_netif(netif, &group)
                                                         : igmp_leavegroup_netif(netif, &group));
}

static int membership6(int name, const void *value, socklen_t length)
{
        struct ipv6_mreq request;
        if (length < sizeof(request))
                return -EINVAL;
        memcpy(&request, value, sizeof(request));
        struct netif *netif = interface_by_number(request.ipv6mr_interface);
        if (netif == NULL)
                return -ENODEV;
        ip6_addr_t group;
        memcpy(group.addr, &request.ipv6mr_multiaddr, 16);
        ip6_addr_clear_zone(&group);
        ip6_addr_assign_zone(&group, IP6_MULTICAST, netif);
        if (!ip6_addr_ismulticast(&group))
                return -EINVAL;
        return error_from_lwip(name == IPV6_JOIN_GROUP ? mld6_joingroup_netif(netif, &group)
                                                       : mld6_leavegroup_netif(netif, &group));
}

static int set_ip(struct socket *socket, int level, int name, const void *value, socklen_t length)
{
        if (level == IPPROTO_IP && (name == IP_ADD_MEMBERSHIP || name == IP_DROP_MEMBERSHIP))
                return membership(name, value, length);
        if (level == IPPROTO_IPV6 && (name == IPV6_JOIN_GROUP || name == IPV6_LEAVE_GROUP))
                return membership6(name, value, length);
        int number, error = read_int(value, length, &number);
        if (error != 0)
                return error;
        if ((level == IPPROTO_IP && name == IP_TTL) || (level == IPPROTO_IPV6 && name == IPV6_UNICAST_HOPS)) {
                if (number != -1 && (number < 1 || number > 255))
                        return -EINVAL;
                socket->ttl = (uint8_t)(number == -1 ? 0 : number);
        } else if ((level == IPPROTO_IP && name == IP_TOS) || (level == IPPROTO_IPV6 && name == IPV6_TCLASS)) {
                socket->tos = (uint8_t)number;
        } else if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY && socket->family == AF_INET6) {
                ip_addr_t local;
                uint16_t port;
                if (socket->operations->name(socket, false, &local, &port) == 0 && port != 0)
                        return -EINVAL; /* bound already */
                socket->v6only = number != 0;
        } else {
                return socket->operations->set_option(socket, level, name, number);
        }
        if (socket->operations->options_changed != NULL)
                socket->operations->options_changed(socket);
        return 0;
}

int setsockopt(int descriptor, int level, int name, const void *value, socklen_t length)
{
        int error;
        struct socket *socket = socket_lookup(descriptor, &error);
        if (socket == NULL)
                return socket_result(error);
        int number;
        network_enter();
        if (level == SOL_SOCKET)
                error = set_common(socket, name, value, length);
        else if (level == IPPROTO_IP || level == IPPROTO_IPV6)
                error = set_ip(socket, level, name, value, length);
        else if ((error = read_int(value, length, &number)) == 0)
                error = socket->operations->set_option(socket, level, name, number);
        network_leave();
        file_put(&socket->file);
        return socket_result(error);
}

static int get_common(struct socket *socket, int name, int *number)
{
        switch (name) {
        case SO_ERROR:
                *number = -socket_take_error(socket);
                socket_refresh(socket);
                return 0;
        case SO_TYPE:
                *number = socket->type;
                return 0;
        case SO_DOMAIN:
                *number = socket->family;
                return 0;
        case SO_PROTOCOL:
                *number = socket->protocol;
                return 0;
        case SO_REUSEADDR:
                *number = socket->reuse_address;
                return 0;
        case SO_KEEPALIVE:
                *number = socket->keepalive;
                return 0;
        case SO_BROADCAST:
                *number = socket->broadcast;
                return 0;
        case SO_ACCEPTCONN:
                *number = socket->operations->listen != NULL &&
                          socket->operations->get_option(socket, SOL_SOCKET, SO_ACCEPTCONN, number) == 0 && *number;
                return 0;
        case SO_RCVBUF:
                *number = (int)(socket->receive_buffer != 0 ? socket->receive_buffer : network_tcp_window);
                return 0;
        case SO_SNDBUF:
                *number = (int)(socket->send_buffer != 0 ? socket->send_buffer : network_tcp_send_copies);
                return 0;
        case SO_REUSEPORT:
        case SO_DONTROUTE:
        case SO_OOBINLINE:
        case SO_DEBUG:
        case SO_PRIORITY:
                *number = 0;
                return 0;
        case SO_RCVLOWAT:
        case SO_SNDLOWAT:
                *number = 1;
                return 0;
        default:
                return -ENOPROTOOPT;
        }
}

static int get_int(struct socket *socket, int level, int name, int *number)
{
        if (level == SOL_SOCKET)
                return get_common(socket, name, number);
        if ((level == IPPROTO_IP && name == IP_TTL) || (level == IPPROTO_IPV6 && name == IPV6_UNICAST_HOPS))
                *number = socket->ttl != 0 ? socket->ttl : 255;
        else if ((level == IPPROTO_IP && name == IP_TOS) || (level == IPPROTO_IPV6 && name == IPV6_TCLASS))
                *number = socket->tos;
        else if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY)
                *number = socket->v6only;
        else
                return socket->operations->get_option(socket, level, name, number);
        return 0;
}

static void give(const void *from, socklen_t bytes, void *value, socklen_t *length)
{
        if (*length > bytes)
                *length = bytes;
        memcpy(value, from, *length);
}

static int get_option(struct socket *socket, int level, int name, void *value, socklen_t *length)
{
        if (level == SOL_SOCKET && name == SO_LINGER) {
                give(&socket->linger, sizeof(socket->linger), value, length);
                return 0;
        }
        if (level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO)) {
                uint64_t timeout = name == SO_RCVTIMEO ? socket->receive_timeout : socket->send_timeout;
                struct timeval time = {.tv_sec = (time_t)(timeout / NETWORK_SECOND),
                                       .tv_usec = (suseconds_t)(timeout % NETWORK_SECOND / 1000u)};
                give(&time, sizeof(time), value, length);
                return 0;
        }
        int number = 0, error = get_int(socket, level, name, &number);
        if (error == 0)
                give(&number, sizeof(number), value, length);
        return error;
}

int getsockopt(int descriptor, int level, int name, void *restrict value, socklen_t *restrict length)
{
        int error;
        struct socket *socket = socket_lookup(descriptor, &error);
        if (socket == NULL)
                return socket_result(error);
        network_enter();
        error = value != NULL && length != NULL ? get_option(socket, level, name, value, length) : -EFAULT;
        network_leave();
        file_put(&socket->file);
        return socket_result(error);
}
