/* DNS messages (RFC 1035 section 4): building a query, reading a reply. Pure: no sockets, no memory. */
#ifndef CORACLE_NET_DNS_MESSAGE_H
#define CORACLE_NET_DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_NAME_MAX    254u /* as text, NUL included */
#define DNS_MESSAGE_MAX 512u /* over UDP without EDNS (section 4.2.1) */

#define DNS_TYPE_A     1u
#define DNS_TYPE_CNAME 5u
#define DNS_TYPE_PTR   12u
#define DNS_TYPE_AAAA  28u

enum dns_result {
        DNS_OK,       /* answers, or none of this type */
        DNS_NO_NAME,  /* the name does not exist */
        DNS_SERVER,   /* the server failed or refused: another may not */
        DNS_NOT_OURS, /* not a reply to this query: wait on */
};

/* One answer record at a time is handed over; data points into the message. */
struct dns_answer {
        uint16_t type;
        uint32_t ttl;
        const uint8_t *data;
        uint16_t bytes;
        const char *name; /* PTR and CNAME: the name in the data; else NULL */
};

/* Writes a query into message[DNS_MESSAGE_MAX]; returns its length, 0 when the name is malformed. */
size_t dns_query_build(uint8_t *message, uint16_t identifier, const char *name, uint16_t type);

/*
 * Reads the reply to the query (as dns_query_build made it): checks identifier, question and every length, then calls
 * `each` for every answer record. *truncated: there is more, over TCP only.
 */
enum dns_result dns_reply_read(const uint8_t *reply, size_t bytes, const uint8_t *query, size_t query_bytes,
                               void (*each)(void *ctx, const struct dns_answer *answer), void *ctx, bool *truncated);

#endif
