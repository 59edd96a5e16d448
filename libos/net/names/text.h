/* Addresses and numbers as text, strictly, without lwIP (RFC 4291 2.2, RFC 5952); addresses in network byte order. */
#ifndef CORACLE_NET_TEXT_H
#define CORACLE_NET_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IPV4_TEXT_MAX 16u
#define IPV6_TEXT_MAX 46u
bool text_to_ipv4(const char *text, uint8_t bytes[4]);
bool text_to_ipv6(const char *text, uint8_t bytes[16]);
void ipv4_to_text(const uint8_t bytes[4], char text[IPV4_TEXT_MAX]);
void ipv6_to_text(const uint8_t bytes[16], char text[IPV6_TEXT_MAX]);

/* A whole text of decimal digits, at most `most`, into *number. False: anything else, the empty text included. */
bool decimal_parse(const char *text, unsigned most, unsigned *number);

#endif
