/* getaddrinfo and freeaddrinfo (POSIX.1-2017, RFC 3493 section 6.1). */
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <net/if.h>

#include "names.h"
#include "resolve.h"
#include "services.h"

#define NODES_MAX RESOLVE_ADDRESSES

/* What a node name stands for. */
struct nodes {
        unsigned count;
        struct {
                int family;
                uint8_t bytes[16];
                uint32_t scope;
        } list[NODES_MAX];
        char canonical[DNS_NAME_MAX];
};

/* What a service name stands for: one entry for each socket type. */
struct endpoints {
        unsigned count;
        struct {
                int type, protocol;
                uint16_t port; /* host byte order */
        } list[3];
};

/* One block: what freeaddrinfo frees starts here. */
struct result {
        struct addrinfo info; /* first */
        union {
                struct sockaddr any;
                struct sockaddr_in in;
                struct sockaddr_in6 in6;
        } address;
        char canonical[DNS_NAME_MAX];
};

static void add_node(struct nodes *nodes, int family, const void *bytes, uint32_t scope)
{
        if (nodes->count == NODES_MAX)
                return;
        nodes->list[nodes->count].family = family;
        nodes->list[nodes->count].scope = scope;
        memcpy(nodes->list[nodes->count].bytes, bytes, family == AF_INET ? 4 : 16);
        nodes->count++;
}

static void add_mapped(struct nodes *nodes, const uint8_t ipv4[4])
{
        uint8_t bytes[16] = {[10] = 0xff, [11] = 0xff};
        memcpy(bytes + 12, ipv4, 4);
        add_node(nodes, AF_INET6, bytes, 0);
}

static void add_own(struct nodes *nodes, int family, bool any)
{
        static const uint8_t any4[4], any6[16], loop4[4] = {127, 0, 0, 1}, loop6[16] = {[15] = 1};
        if (family != AF_INET6)
                add_node(nodes, AF_INET, any ? any4 : loop4, 0);
        if (family != AF_INET)
                add_node(nodes, AF_INET6, any ? any6 : loop6, 0);
}

/* "fe80::1%net0" or "...%2": the scope behind the percent sign. */
static bool scope_parse(const char *text, uint32_t *scope)
{
        char *end;
        unsigned index = if_nametoindex(text);
        *scope = index != 0 ? index : (uint32_t)strtoul(text, &end, 10);
        return index != 0 || (*text >= '0' && *text <= '9' && *end == '\0');
}

/* Returns 0, or an EAI error; EAI_NONAME: it is not an address. */
static int numeric_node(const char *node, const struct addrinfo *hints, struct nodes *nodes)
{
        uint8_t bytes[16];
        char copy[IPV6_TEXT_MAX];
        uint32_t scope = 0;
        if (text_to_ipv4(node, bytes)) {
                if (hints->ai_family == AF_INET6 && !(hints->ai_flags & AI_V4MAPPED))
                        return EAI_ADDRFAMILY;
                if (hints->ai_family == AF_INET6)
                        add_mapped(nodes, bytes);
                else
                        add_node(nodes, AF_INET, bytes, 0);
                return 0;
        }
        size_t length = strcspn(node, "%");
        if (length >= sizeof(copy))
                return EAI_NONAME;
        memcpy(copy, node, length);
        copy[length] = '\0';
        if (!text_to_ipv6(copy, bytes) || (node[length] == '%' && !scope_parse(node + length + 1, &scope)))
                return EAI_NONAME;
        if (hints->ai_family == AF_INET)
                return EAI_ADDRFAMILY;
        add_node(nodes, AF_INET6, bytes, scope);
        return 0;
}

static int named_node(const char *node, const struct addrinfo *hints, struct nodes *nodes)
{
        uint16_t types[3] = {0};
        unsigned count = 0;
        bool mapped = hints->ai_family == AF_INET6 && (hints->ai_flags & AI_V4MAPPED);
        if (hints->ai_family != AF_INET6 || mapped)
                types[count++] = DNS_TYPE_A;
        if (hints->ai_family != AF_INET)
                types[count++] = DNS_TYPE_AAAA;
        struct resolved *resolved = malloc(sizeof(*resolved));
        if (resolved == NULL)
                return EAI_MEMORY;
        int error = resolve(node, types, resolved);
        bool have_ipv6 = false;
        for (unsigned i = 0; error == 0 && i < resolved->count; i++) {
                have_ipv6 |= resolved->addresses[i].type == DNS_TYPE_AAAA;
                if (resolved->addresses[i].type == DNS_TYPE_AAAA)
                        add_node(nodes, AF_INET6, resolved->addresses[i].bytes, 0);
                else if (!mapped)
                        add_node(nodes, AF_INET, resolved->addresses[i].bytes, 0);
        }
        for (unsigned i = 0; error == 0 && mapped && (!have_ipv6 || (hints->ai_flags & AI_ALL)) && i < resolved->count;
             i++)
                if (resolved->addresses[i].type == DNS_TYPE_A)
                        add_mapped(nodes, resolved->addresses[i].bytes);
        if (error == 0 && resolved->name[0] != '\0')
                memcpy(nodes->canonical, resolved->name, sizeof(nodes->canonical));
        free(resolved);
        if (error == 0 && nodes->count == 0)
                error = EAI_NODATA;
        return error;
}

static int find_nodes(const char *node, const struct addrinfo *hints, struct nodes *nodes)
{
        if (node == NULL) {
                add_own(nodes, hints->ai_family, hints->ai_flags & AI_PASSIVE);
                return 0;
        }
        if (strlen(node) >= sizeof(nodes->canonical))
                return EAI_NONAME;
        strcpy(nodes->canonical, node);
        int error = numeric_node(node, hints, nodes);
        if (error != EAI_NONAME || (hints->ai_flags & AI_NUMERICHOST))
                return error;
        if (strcmp(node, "localhost") == 0) {
                add_own(nodes, hints->ai_family, false);
                return 0;
        }
        return named_node(node, hints, nodes);
}

static int find_endpoints(const char *name, const struct addrinfo *hints, struct endpoints *endpoints)
{
        static const struct {
                int type, protocol;
                unsigned service;
        } kinds[] = {{SOCK_STREAM, IPPROTO_TCP, SERVICE_TCP},
                     {SOCK_DGRAM, IPPROTO_UDP, SERVICE_UDP},
                     {SOCK_RAW, 0, SERVICE_TCP | SERVICE_UDP}};
        unsigned number = 0;
        uint16_t port = 0;
        unsigned known = SERVICE_TCP | SERVICE_UDP;
        if (name != NULL && decimal_parse(name, UINT16_MAX, &number)) {
                port = (uint16_t)number;
        } else if (name != NULL) {
                if (hints->ai_flags & AI_NUMERICSERV)
                        return EAI_NONAME;
                const struct service *service = services;
                while (service->name != NULL && strcmp(service->name, name) != 0)
                        service++;
                if (service->name == NULL)
                        return EAI_SERVICE;
                port = service->port;
                known = service->protocols;
        }
        for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
                if (hints->ai_socktype != 0 && hints->ai_socktype != kinds[i].type)
                        continue;
                if (hints->ai_protocol != 0 && kinds[i].protocol != 0 && hints->ai_protocol != kinds[i].protocol)
                        continue;
                if (!(known & kinds[i].service))
                        continue;
                endpoints->list[endpoints->count].type = kinds[i].type;
                endpoints->list[endpoints->count].protocol =
                        kinds[i].protocol != 0 ? kinds[i].protocol : hints->ai_protocol;
                endpoints->list[endpoints->count].port = port;
                endpoints->count++;
        }
        if (endpoints->count != 0)
                return 0;
        return hints->ai_socktype != 0 && known == (SERVICE_TCP | SERVICE_UDP) ? EAI_SOCKTYPE : EAI_SERVICE;
}

static struct result *make_result(const struct nodes *nodes, unsigned node, const struct endpoints *endpoints,
                                  unsigned endpoint)
{
        struct result *result = calloc(1, sizeof(*result));
        if (result == NULL)
                return NULL;
        int family = nodes->list[node].family;
        result->info.ai_family = family;
        result->info.ai_socktype = endpoints->list[endpoint].type;
        result->info.ai_protocol = endpoints->list[endpoint].protocol;
        result->info.ai_addr = &result->address.any;
        result->address.any.sa_family = (sa_family_t)family;
        if (family == AF_INET) {
                result->info.ai_addrlen = sizeof(result->address.in);
                result->address.in.sin_port = htons(endpoints->list[endpoint].port);
                memcpy(&result->address.in.sin_addr, nodes->list[node].bytes, 4);
        } else {
                result->info.ai_addrlen = sizeof(result->address.in6);
                result->address.in6.sin6_port = htons(endpoints->list[endpoint].port);
                result->address.in6.sin6_scope_id = nodes->list[node].scope;
                memcpy(&result->address.in6.sin6_addr, nodes->list[node].bytes, 16);
        }
        return result;
}

static int check_hints(const char *node, const char *service, const struct addrinfo *hints)
{
        const int known =
                AI_PASSIVE | AI_CANONNAME | AI_NUMERICHOST | AI_V4MAPPED | AI_ALL | AI_ADDRCONFIG | AI_NUMERICSERV;
        if (hints->ai_flags & ~known || ((hints->ai_flags & AI_CANONNAME) && node == NULL))
                return EAI_BADFLAGS;
        if (hints->ai_family != AF_UNSPEC && hints->ai_family != AF_INET && hints->ai_family != AF_INET6)
                return EAI_FAMILY;
        return node == NULL && service == NULL ? EAI_NONAME : 0;
}

int getaddrinfo(const char *restrict node, const char *restrict service, const struct addrinfo *restrict hints,
                struct addrinfo **restrict list)
{
        static const struct addrinfo no_hints = {.ai_flags = AI_V4MAPPED | AI_ADDRCONFIG};
        struct endpoints endpoints = {0};
        if (hints == NULL)
                hints = &no_hints;
        int error = check_hints(node, service, hints);
        if (error == 0)
                error = find_endpoints(service, hints, &endpoints);
        if (error != 0)
                return error;
        struct nodes *nodes = calloc(1, sizeof(*nodes));
        if (nodes == NULL)
                return EAI_MEMORY;
        error = find_nodes(node, hints, nodes);
        struct addrinfo *first = NULL, **link = &first;
        for (unsigned i = 0; error == 0 && i < nodes->count; i++) {
                for (unsigned j = 0; error == 0 && j < endpoints.count; j++) {
                        struct result *result = make_result(nodes, i, &endpoints, j);
                        if (result == NULL) {
                                error = EAI_MEMORY;
                                break;
                        }
                        if (first == NULL && (hints->ai_flags & AI_CANONNAME)) {
                                memcpy(result->canonical, nodes->canonical, sizeof(result->canonical));
                                result->info.ai_canonname = result->canonical;
                        }
                        *link = &result->info;
                        link = &result->info.ai_next;
                }
        }
        free(nodes);
        if (error != 0)
                freeaddrinfo(first);
        else
                *list = first;
        return error;
}

void freeaddrinfo(struct addrinfo *list)
{
        while (list != NULL) {
                struct addrinfo *next = list->ai_next;
                free(list);
                list = next;
        }
}
