/* Names and addresses: text forms, name servers. */
#ifndef CORACLE_NET_NAMES_H
#define CORACLE_NET_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lwip/ip_addr.h"

/* text.c: strict text forms (RFC 4291 2.2, RFC 5952); addresses in network byte order. */
#define IPV4_TEXT_MAX 16u
#define IPV6_TEXT_MAX 46u
bool text_to_ipv4(const char *text, uint8_t bytes[4]);
bool text_to_ipv6(const char *text, uint8_t bytes[16]);
void ipv4_to_text(const uint8_t bytes[4], char text[IPV4_TEXT_MAX]);
void ipv6_to_text(const uint8_t bytes[16], char text[IPV6_TEXT_MAX]);

/* servers.c: name servers, those of the command line before those that DHCP and routers tell. Core lock held. */
void name_server_add_static(const ip_addr_t *server);
unsigned name_servers(ip_addr_t *servers, unsigned most);

/* A whole text of decimal digits, at most `most`, into *number. False: anything else, the empty text included. */
bool decimal_parse(const char *text, unsigned most, unsigned *number);

#endif
