/* The IPv4 header (RFC 791) and its types of service. */
#ifndef _NETINET_IP_H
#define _NETINET_IP_H

#include <netinet/in.h>

struct ip {
        unsigned int ip_hl : 4;
        unsigned int ip_v : 4;
        uint8_t ip_tos;
        uint16_t ip_len;
        uint16_t ip_id;
        uint16_t ip_off;
        uint8_t ip_ttl;
        uint8_t ip_p;
        uint16_t ip_sum;
        struct in_addr ip_src, ip_dst;
};

#define IPVERSION    4
#define IP_MAXPACKET 65535
#define IP_DF        0x4000
#define IP_MF        0x2000
#define IP_OFFMASK   0x1fff

#define IPTOS_LOWDELAY    0x10
#define IPTOS_THROUGHPUT  0x08
#define IPTOS_RELIABILITY 0x04
#define IPTOS_MINCOST     0x02

#endif
