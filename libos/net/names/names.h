/* Names and addresses: text forms, name servers. */
#ifndef CORACLE_NET_NAMES_H
#define CORACLE_NET_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lwip/ip_addr.h"

#include "text.h"

/* servers.c: name servers, those of the command line before those that DHCP and routers tell. Core lock held. */
void name_server_add_static(const ip_addr_t *server);
unsigned name_servers(ip_addr_t *servers, unsigned most);

#endif
