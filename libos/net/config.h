/* What the command line says about one interface and one IP version. */
#ifndef CORACLE_NET_CONFIG_H
#define CORACLE_NET_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lwip/dns.h"
#include "lwip/ip_addr.h"

enum address_mode { ADDRESS_AUTOMATIC, ADDRESS_STATIC, ADDRESS_NONE };

struct address_config {
        enum address_mode mode;
        ip_addr_t address;
        uint8_t prefix; /* bits */
        bool has_gateway;
        ip_addr_t gateway;
        unsigned dns_count;
        ip_addr_t dns[DNS_MAX_SERVERS];
};

/*
 * Reads "10.0.2.15/24,gw=10.0.2.2,dns=10.0.2.3,dns=...", or its IPv6 twin, or `automatic` ("dhcp", "auto"), or "none".
 * On a word that is wrong returns false and says in `why` which and what was expected.
 */
bool address_config_parse(const char *text, bool ipv6, struct address_config *config, char *why, size_t why_bytes);

/* A whole string as an address of the version, strictly. */
bool address_parse(const char *text, bool ipv6, ip_addr_t *address);

#endif
