/* Socket addresses to lwIP's addresses and back; lwIP's errors. */
#include <errno.h>
#include <string.h>

#include <netinet/in.h>

#include "socket.h"

int error_from_lwip(err_t error)
{
        switch (error) {
        case ERR_OK:
                return 0;
        case ERR_MEM:
        case ERR_BUF:
                return -ENOBUFS;
        case ERR_TIMEOUT:
                return -ETIMEDOUT;
        case ERR_RTE:
                return -ENETUNREACH;
        case ERR_USE:
                return -EADDRINUSE;
        case ERR_ALREADY:
                return -EALREADY;
        case ERR_ISCONN:
                return -EISCONN;
        case ERR_CONN:
        case ERR_CLSD:
                return -ENOTCONN;
        case ERR_IF:
                return -ENETDOWN;
        case ERR_ABRT:
                return -ECONNABORTED;
        case ERR_RST:
                return -ECONNRESET;
        case ERR_WOULDBLOCK:
                return -EAGAIN;
        default:
                return -EINVAL;
        }
}

uint8_t address_type(const struct socket *socket)
{
        if (socket->family == AF_INET)
                return IPADDR_TYPE_V4;
        return socket->v6only ? IPADDR_TYPE_V6 : IPADDR_TYPE_ANY;
}

static int from_ipv4(const struct sockaddr *user, socklen_t bytes, ip_addr_t *address, uint16_t *port)
{
        struct sockaddr_in in;
        if (bytes < sizeof(in))
                return -EINVAL;
        memcpy(&in, user, sizeof(in));
        ip_addr_set_ip4_u32(address, in.sin_addr.s_addr);
        *port = ntohs(in.sin_port);
        return 0;
}

static int from_ipv6(const struct socket *socket, const struct sockaddr *user, socklen_t bytes, ip_addr_t *address,
                     uint16_t *port)
{
        struct sockaddr_in6 in6;
        /* RFC 2553 had no scope: accept its shorter form. */
        if (bytes < offsetof(struct sockaddr_in6, sin6_scope_id))
                return -EINVAL;
        memset(&in6, 0, sizeof(in6));
        memcpy(&in6, user, bytes < sizeof(in6) ? bytes : sizeof(in6));
        *port = ntohs(in6.sin6_port);
        u32_t words[4];
        memcpy(words, &in6.sin6_addr, sizeof(words));
        if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr)) {
                if (socket->v6only)
                        return -ENETUNREACH;
                ip_addr_set_ip4_u32(address, words[3]);
                return 0;
        }
        IP_ADDR6(address, words[0], words[1], words[2], words[3]);
        ip6_addr_t *ip6 = ip_2_ip6(address);
        ip6_addr_clear_zone(ip6);
        if (ip6_addr_has_scope(ip6, IP6_UNKNOWN)) {
                if (in6.sin6_scope_id != 0 && in6.sin6_scope_id <= UINT8_MAX)
                        ip6_addr_set_zone(ip6, (u8_t)in6.sin6_scope_id);
                else if (netif_default != NULL)
                        ip6_addr_assign_zone(ip6, IP6_UNKNOWN, netif_default);
        }
        return 0;
}

int address_from_user(const struct socket *socket, const struct sockaddr *user, socklen_t bytes, ip_addr_t *address,
                      uint16_t *port)
{
        sa_family_t family;
        if (user == NULL || bytes < offsetof(struct sockaddr, sa_data))
                return -EINVAL;
        memcpy(&family, &user->sa_family, sizeof(family));
        if (family == AF_INET && socket->family == AF_INET)
                return from_ipv4(user, bytes, address, port);
        if (family == AF_INET6 && socket->family == AF_INET6)
                return from_ipv6(socket, user, bytes, address, port);
        return -EAFNOSUPPORT;
}

bool address_is_local(const ip_addr_t *address)
{
        struct netif *netif;
        NETIF_FOREACH(netif)
        {
                if (IP_IS_V4_VAL(*address) && ip4_addr_eq(ip_2_ip4(address), netif_ip4_addr(netif)))
                        return true;
                if (IP_IS_V6_VAL(*address) && netif_get_ip6_addr_match(netif, ip_2_ip6(address)) >= 0)
                        return true;
        }
        return IP_IS_V4_VAL(*address) && ip_addr_isloopback(address);
}

void address_for_bind(const struct socket *socket, ip_addr_t *address)
{
        if (socket->family == AF_INET6 && !socket->v6only && IP_IS_V6(address) && ip_addr_isany(address))
                ip_addr_copy(*address, *IP_ANY_TYPE);
}

void address_to_user(const struct socket *socket, const ip_addr_t *address, uint16_t port, struct sockaddr *user,
                     socklen_t *bytes)
{
        if (user == NULL || bytes == NULL)
                return;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        const void *from;
        socklen_t length;
        if (socket->family == AF_INET) {
                memset(&in, 0, sizeof(in));
                in.sin_family = AF_INET;
                in.sin_port = htons(port);
                in.sin_addr.s_addr = ip4_addr_get_u32(ip_2_ip4(address));
                from = &in;
                length = sizeof(in);
        } else {
                memset(&in6, 0, sizeof(in6));
                in6.sin6_family = AF_INET6;
                in6.sin6_port = htons(port);
                if (IP_IS_V6_VAL(*address)) {
                        memcpy(&in6.sin6_addr, ip_2_ip6(address)->addr, 16);
                        if (ip6_addr_islinklocal(ip_2_ip6(address)))
                                in6.sin6_scope_id = ip6_addr_zone(ip_2_ip6(address));
                } else if (IP_IS_V4_VAL(*address)) {
                        in6.sin6_addr.s6_addr[10] = in6.sin6_addr.s6_addr[11] = 0xff;
                        u32_t word = ip4_addr_get_u32(ip_2_ip4(address));
                        memcpy(&in6.sin6_addr.s6_addr[12], &word, sizeof(word));
                }
                from = &in6;
                length = sizeof(in6);
        }
        memcpy(user, from, *bytes < length ? *bytes : length);
        *bytes = length;
}
