/* The name servers we know. lwIP tells those that DHCP (RFC 2132 3.8) and routers (RFC 8106) offer. Core lock held. */
#include "names.h"

#include "lwip/dns.h"

static ip_addr_t given[DNS_MAX_SERVERS]; /* on the command line */
static unsigned given_count;
static ip_addr_t learned[DNS_MAX_SERVERS];

void dns_setserver(u8_t index, const ip_addr_t *server)
{
        if (index >= DNS_MAX_SERVERS)
                return;
        if (server != NULL)
                learned[index] = *server;
        else
                ip_addr_set_zero(&learned[index]);
}

const ip_addr_t *dns_getserver(u8_t index)
{
        return index < DNS_MAX_SERVERS ? &learned[index] : IP_ADDR_ANY;
}

void name_server_add_static(const ip_addr_t *server)
{
        if (given_count < DNS_MAX_SERVERS)
                given[given_count++] = *server;
}

unsigned name_servers(ip_addr_t *servers, unsigned most)
{
        unsigned count = 0;
        for (unsigned i = 0; i < given_count && count < most; i++)
                servers[count++] = given[i];
        for (unsigned i = 0; i < DNS_MAX_SERVERS && count < most; i++)
                if (!ip_addr_isany(&learned[i]))
                        servers[count++] = learned[i];
        return count;
}
