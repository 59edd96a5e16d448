/* Well-known services (IANA's registry), the few that programs ask for; getservbyname and getservbyport. */
#include "services.h"

#include <netdb.h>
#include <string.h>

const struct service services[] = {
        {"echo", 7, SERVICE_TCP | SERVICE_UDP},
        {"discard", 9, SERVICE_TCP | SERVICE_UDP},
        {"daytime", 13, SERVICE_TCP | SERVICE_UDP},
        {"chargen", 19, SERVICE_TCP | SERVICE_UDP},
        {"ftp", 21, SERVICE_TCP},
        {"ssh", 22, SERVICE_TCP},
        {"telnet", 23, SERVICE_TCP},
        {"smtp", 25, SERVICE_TCP},
        {"domain", 53, SERVICE_TCP | SERVICE_UDP},
        {"tftp", 69, SERVICE_UDP},
        {"http", 80, SERVICE_TCP},
        {"pop3", 110, SERVICE_TCP},
        {"ntp", 123, SERVICE_UDP},
        {"imap2", 143, SERVICE_TCP},
        {"imap", 143, SERVICE_TCP},
        {"snmp", 161, SERVICE_TCP | SERVICE_UDP},
        {"ldap", 389, SERVICE_TCP | SERVICE_UDP},
        {"https", 443, SERVICE_TCP | SERVICE_UDP},
        {"syslog", 514, SERVICE_UDP},
        {"ldaps", 636, SERVICE_TCP},
        {"imaps", 993, SERVICE_TCP},
        {"pop3s", 995, SERVICE_TCP},
        {"mysql", 3306, SERVICE_TCP},
        {"postgresql", 5432, SERVICE_TCP},
        {"redis", 6379, SERVICE_TCP},
        {"http-alt", 8080, SERVICE_TCP},
        {NULL, 0, 0},
};

static char *no_aliases[] = {NULL};

static struct servent *entry(const struct service *service, unsigned protocol)
{
        static _Thread_local struct servent result;
        result.s_name = (char *)(uintptr_t)service->name;
        result.s_aliases = no_aliases;
        result.s_port = htons(service->port);
        result.s_proto = (char *)(uintptr_t)(protocol & service->protocols & SERVICE_TCP ? "tcp" : "udp");
        return &result;
}

static unsigned protocol_mask(const char *protocol)
{
        if (protocol == NULL)
                return SERVICE_TCP | SERVICE_UDP;
        return strcmp(protocol, "tcp") == 0 ? SERVICE_TCP : strcmp(protocol, "udp") == 0 ? SERVICE_UDP : 0;
}

struct servent *getservbyname(const char *name, const char *protocol)
{
        unsigned mask = protocol_mask(protocol);
        for (const struct service *service = services; service->name != NULL; service++)
                if ((service->protocols & mask) && strcmp(service->name, name) == 0)
                        return entry(service, mask);
        return NULL;
}

struct servent *getservbyport(int port, const char *protocol)
{
        unsigned mask = protocol_mask(protocol);
        for (const struct service *service = services; service->name != NULL; service++)
                if ((service->protocols & mask) && htons(service->port) == (uint16_t)port)
                        return entry(service, mask);
        return NULL;
}
