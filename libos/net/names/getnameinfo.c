/* getnameinfo (POSIX.1-2017, RFC 3493 section 6.2). */
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include <net/if.h>

#include <coracle/log.h>

#include "names.h"
#include "resolve.h"

static int put(const char *text, char *to, socklen_t bytes)
{
        size_t length = strlen(text);
        if (length >= bytes)
                return EAI_OVERFLOW;
        memcpy(to, text, length + 1);
        return 0;
}

/* The name under which reverse lookups ask (RFC 1035 section 3.5, RFC 3596 section 2.5). */
static void reverse_name(int family, const uint8_t *bytes, char *name, size_t name_bytes)
{
        if (family == AF_INET) {
                format_text(name, name_bytes, "%u.%u.%u.%u.in-addr.arpa", bytes[3], bytes[2], bytes[1], bytes[0]);
                return;
        }
        size_t at = 0;
        for (int i = 15; i >= 0; i--)
                at += format_text(name + at, name_bytes - at, "%x.%x.", bytes[i] & 15u, bytes[i] >> 4u);
        format_text(name + at, name_bytes - at, "ip6.arpa");
}

static int look_up(int family, const uint8_t *bytes, char *node, socklen_t node_bytes)
{
        static const uint16_t types[] = {DNS_TYPE_PTR, 0};
        char name[80];
        struct resolved *resolved = malloc(sizeof(*resolved));
        if (resolved == NULL)
                return EAI_MEMORY;
        reverse_name(family, bytes, name, sizeof(name));
        int error = resolve(name, types, resolved);
        if (error == 0 && resolved->name[0] == '\0')
                error = EAI_NONAME;
        if (error == 0)
                error = put(resolved->name, node, node_bytes);
        free(resolved);
        return error;
}

static int host(int family, const uint8_t *bytes, uint32_t scope, char *node, socklen_t node_bytes, int flags)
{
        if (!(flags & NI_NUMERICHOST)) {
                int error = look_up(family, bytes, node, node_bytes);
                if (error == 0 || error == EAI_OVERFLOW || (flags & NI_NAMEREQD))
                        return error == 0 || error == EAI_OVERFLOW ? error : EAI_NONAME;
        }
        char text[IPV6_TEXT_MAX + 1 + IF_NAMESIZE];
        if (family == AF_INET) {
                ipv4_to_text(bytes, text);
        } else {
                ipv6_to_text(bytes, text);
                size_t length = strlen(text);
                char name[IF_NAMESIZE];
                if (scope != 0 && !(flags & NI_NUMERICSCOPE) && if_indextoname(scope, name) != NULL)
                        format_text(text + length, sizeof(text) - length, "%%%s", name);
                else if (scope != 0)
                        format_text(text + length, sizeof(text) - length, "%%%u", scope);
        }
        return put(text, node, node_bytes);
}

static int service_name(uint16_t port, char *service, socklen_t bytes, int flags)
{
        const struct servent *known =
                flags & NI_NUMERICSERV ? NULL : getservbyport(port, flags & NI_DGRAM ? "udp" : "tcp");
        if (known != NULL)
                return put(known->s_name, service, bytes);
        char text[8];
        format_text(text, sizeof(text), "%u", (unsigned)ntohs(port));
        return put(text, service, bytes);
}

int getnameinfo(const struct sockaddr *restrict address, socklen_t length, char *restrict node, socklen_t node_bytes,
                char *restrict service, socklen_t service_bytes, int flags)
{
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        uint8_t bytes[16];
        uint32_t scope = 0;
        uint16_t port;
        if (length >= sizeof(in) && address->sa_family == AF_INET) {
                memcpy(&in, address, sizeof(in));
                memcpy(bytes, &in.sin_addr, 4);
                port = in.sin_port;
        } else if (length >= sizeof(in6) && address->sa_family == AF_INET6) {
                memcpy(&in6, address, sizeof(in6));
                memcpy(bytes, &in6.sin6_addr, 16);
                port = in6.sin6_port;
                scope = in6.sin6_scope_id;
        } else {
                return EAI_FAMILY;
        }
        int error = 0;
        if (node != NULL && node_bytes != 0)
                error = host(address->sa_family, bytes, scope, node, node_bytes, flags);
        if (error == 0 && service != NULL && service_bytes != 0)
                error = service_name(port, service, service_bytes, flags);
        return error;
}
