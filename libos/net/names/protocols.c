/* getprotobyname and getprotobynumber. */
#include <netdb.h>
#include <string.h>

static char *no_aliases[] = {NULL};
static struct protoent protocols[] = {
        {"ip", no_aliases, IPPROTO_IP},
        {"icmp", no_aliases, IPPROTO_ICMP},
        {"igmp", no_aliases, IPPROTO_IGMP},
        {"tcp", no_aliases, IPPROTO_TCP},
        {"udp", no_aliases, IPPROTO_UDP},
        {"ipv6", no_aliases, IPPROTO_IPV6},
        {"ipv6-icmp", no_aliases, IPPROTO_ICMPV6},
};
#define PROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

struct protoent *getprotobyname(const char *name)
{
        for (unsigned i = 0; i < PROTOCOLS; i++)
                if (strcmp(protocols[i].p_name, name) == 0)
                        return &protocols[i];
        return NULL;
}

struct protoent *getprotobynumber(int number)
{
        for (unsigned i = 0; i < PROTOCOLS; i++)
                if (protocols[i].p_proto == number)
                        return &protocols[i];
        return NULL;
}
