/* gethostbyname and its siblings, over getaddrinfo and getnameinfo: one result for each thread. */
#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "resolve.h"

_Thread_local int h_errno;

struct host_result {
        struct hostent entry;
        char name[NI_MAXHOST];
        char *aliases[1];
        uint8_t addresses[RESOLVE_ADDRESSES][16];
        char *list[RESOLVE_ADDRESSES + 1];
};

static int host_error(int error)
{
        switch (error) {
        case EAI_NONAME:
                return HOST_NOT_FOUND;
        case EAI_AGAIN:
                return TRY_AGAIN;
        case EAI_NODATA:
        case EAI_ADDRFAMILY:
                return NO_DATA;
        default:
                return NO_RECOVERY;
        }
}

static struct host_result *result_start(int family)
{
        static _Thread_local struct host_result result;
        result.entry = (struct hostent){.h_name = result.name,
                                        .h_aliases = result.aliases,
                                        .h_addrtype = family,
                                        .h_length = family == AF_INET ? 4 : 16,
                                        .h_addr_list = result.list};
        result.aliases[0] = NULL;
        return &result;
}

struct hostent *gethostbyname2(const char *name, int family)
{
        const struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM, .ai_flags = AI_CANONNAME};
        struct addrinfo *list;
        int error = getaddrinfo(name, NULL, &hints, &list);
        if (error != 0) {
                h_errno = host_error(error);
                return NULL;
        }
        struct host_result *result = result_start(family);
        const char *canonical = list->ai_canonname != NULL ? list->ai_canonname : name;
        strncpy(result->name, canonical, sizeof(result->name) - 1);
        unsigned count = 0;
        for (const struct addrinfo *info = list; info != NULL && count < RESOLVE_ADDRESSES; info = info->ai_next) {
                const char *address = (const char *)info->ai_addr;
                size_t offset = family == AF_INET ? offsetof(struct sockaddr_in, sin_addr)
                                                  : offsetof(struct sockaddr_in6, sin6_addr);
                memcpy(result->addresses[count], address + offset, (size_t)result->entry.h_length);
                result->list[count] = (char *)result->addresses[count];
                count++;
        }
        result->list[count] = NULL;
        freeaddrinfo(list);
        return &result->entry;
}

struct hostent *gethostbyname(const char *name)
{
        return gethostbyname2(name, AF_INET);
}

struct hostent *gethostbyaddr(const void *address, socklen_t length, int family)
{
        struct sockaddr_in in = {.sin_family = AF_INET};
        struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
        if (!(family == AF_INET && length == 4) && !(family == AF_INET6 && length == 16)) {
                h_errno = NO_RECOVERY;
                return NULL;
        }
        memcpy(family == AF_INET ? (void *)&in.sin_addr : (void *)&in6.sin6_addr, address, length);
        const struct sockaddr *from = family == AF_INET ? (struct sockaddr *)&in : (struct sockaddr *)&in6;
        struct host_result *result = result_start(family);
        int error = getnameinfo(from, family == AF_INET ? sizeof(in) : sizeof(in6), result->name, sizeof(result->name),
                                NULL, 0, NI_NAMEREQD);
        if (error != 0) {
                h_errno = host_error(error);
                return NULL;
        }
        memcpy(result->addresses[0], address, length);
        result->list[0] = (char *)result->addresses[0];
        result->list[1] = NULL;
        return &result->entry;
}
