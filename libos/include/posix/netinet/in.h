/* Internet addresses and protocols (POSIX.1-2017 <netinet/in.h>, with Linux's values). */
#ifndef _NETINET_IN_H
#define _NETINET_IN_H

#include <stdint.h>
#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint16_t in_port_t;
typedef uint32_t in_addr_t;

struct in_addr {
        in_addr_t s_addr;
};

struct sockaddr_in {
        sa_family_t sin_family;
        in_port_t sin_port;
        struct in_addr sin_addr;
        unsigned char sin_zero[8];
};

struct in6_addr {
        union {
                uint8_t __u6_addr8[16];
                uint16_t __u6_addr16[8];
                uint32_t __u6_addr32[4];
        } __u6_addr;
};
#define s6_addr   __u6_addr.__u6_addr8
#define s6_addr16 __u6_addr.__u6_addr16
#define s6_addr32 __u6_addr.__u6_addr32

struct sockaddr_in6 {
        sa_family_t sin6_family;
        in_port_t sin6_port;
        uint32_t sin6_flowinfo;
        struct in6_addr sin6_addr;
        uint32_t sin6_scope_id;
};

struct ip_mreq {
        struct in_addr imr_multiaddr;
        struct in_addr imr_interface;
};

struct ip_mreqn {
        struct in_addr imr_multiaddr;
        struct in_addr imr_address;
        int imr_ifindex;
};

struct ipv6_mreq {
        struct in6_addr ipv6mr_multiaddr;
        unsigned ipv6mr_interface;
};

extern const struct in6_addr in6addr_any, in6addr_loopback;
#define IN6ADDR_ANY_INIT                                                                                               \
        {                                                                                                              \
                {                                                                                                      \
                        {                                                                                              \
                                0                                                                                      \
                        }                                                                                              \
                }                                                                                                      \
        }
#define IN6ADDR_LOOPBACK_INIT                                                                                          \
        {                                                                                                              \
                {                                                                                                      \
                        {                                                                                              \
                                0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1                                         \
                        }                                                                                              \
                }                                                                                                      \
        }

#define INADDR_ANY             ((in_addr_t)0x00000000)
#define INADDR_BROADCAST       ((in_addr_t)0xffffffff)
#define INADDR_NONE            ((in_addr_t)0xffffffff)
#define INADDR_LOOPBACK        ((in_addr_t)0x7f000001)
#define INADDR_UNSPEC_GROUP    ((in_addr_t)0xe0000000)
#define INADDR_ALLHOSTS_GROUP  ((in_addr_t)0xe0000001)
#define INADDR_MAX_LOCAL_GROUP ((in_addr_t)0xe00000ff)
#define IN_LOOPBACKNET         127

#define IN_CLASSA(a)    (((in_addr_t)(a)&0x80000000u) == 0)
#define IN_CLASSB(a)    (((in_addr_t)(a)&0xc0000000u) == 0x80000000u)
#define IN_CLASSC(a)    (((in_addr_t)(a)&0xe0000000u) == 0xc0000000u)
#define IN_CLASSD(a)    (((in_addr_t)(a)&0xf0000000u) == 0xe0000000u)
#define IN_MULTICAST(a) IN_CLASSD(a)

#define INET_ADDRSTRLEN  16
#define INET6_ADDRSTRLEN 46

#define IPPORT_RESERVED 1024

#define IPPROTO_IP       0
#define IPPROTO_ICMP     1
#define IPPROTO_IGMP     2
#define IPPROTO_TCP      6
#define IPPROTO_UDP      17
#define IPPROTO_IPV6     41
#define IPPROTO_ROUTING  43
#define IPPROTO_FRAGMENT 44
#define IPPROTO_ICMPV6   58
#define IPPROTO_NONE     59
#define IPPROTO_DSTOPTS  60
#define IPPROTO_RAW      255
#define IPPROTO_MAX      256

#define IP_TOS             1
#define IP_TTL             2
#define IP_HDRINCL         3
#define IP_MULTICAST_IF    32
#define IP_MULTICAST_TTL   33
#define IP_MULTICAST_LOOP  34
#define IP_ADD_MEMBERSHIP  35
#define IP_DROP_MEMBERSHIP 36

#define IPV6_UNICAST_HOPS   16
#define IPV6_MULTICAST_IF   17
#define IPV6_MULTICAST_HOPS 18
#define IPV6_MULTICAST_LOOP 19
#define IPV6_JOIN_GROUP     20
#define IPV6_LEAVE_GROUP    21
#define IPV6_V6ONLY         26
#define IPV6_TCLASS         67

#define IPV6_ADD_MEMBERSHIP  IPV6_JOIN_GROUP
#define IPV6_DROP_MEMBERSHIP IPV6_LEAVE_GROUP

#define SOL_IP   0
#define SOL_TCP  6
#define SOL_UDP  17
#define SOL_IPV6 41

#define IN6_IS_ADDR_UNSPECIFIED(a)                                                                                     \
        ((a)->s6_addr32[0] == 0 && (a)->s6_addr32[1] == 0 && (a)->s6_addr32[2] == 0 && (a)->s6_addr32[3] == 0)
#define IN6_IS_ADDR_LOOPBACK(a)                                                                                        \
        ((a)->s6_addr32[0] == 0 && (a)->s6_addr32[1] == 0 && (a)->s6_addr32[2] == 0 &&                                 \
         (a)->s6_addr32[3] == __builtin_bswap32(1))
#define IN6_IS_ADDR_V4MAPPED(a)                                                                                        \
        ((a)->s6_addr32[0] == 0 && (a)->s6_addr32[1] == 0 && (a)->s6_addr32[2] == __builtin_bswap32(0xffff))
#define IN6_IS_ADDR_V4COMPAT(a)                                                                                        \
        ((a)->s6_addr32[0] == 0 && (a)->s6_addr32[1] == 0 && (a)->s6_addr32[2] == 0 &&                                 \
         __builtin_bswap32((a)->s6_addr32[3]) > 1)
#define IN6_IS_ADDR_MULTICAST(a)    ((a)->s6_addr[0] == 0xff)
#define IN6_IS_ADDR_LINKLOCAL(a)    ((a)->s6_addr[0] == 0xfe && ((a)->s6_addr[1] & 0xc0) == 0x80)
#define IN6_IS_ADDR_SITELOCAL(a)    ((a)->s6_addr[0] == 0xfe && ((a)->s6_addr[1] & 0xc0) == 0xc0)
#define IN6_IS_ADDR_MC_NODELOCAL(a) (IN6_IS_ADDR_MULTICAST(a) && ((a)->s6_addr[1] & 0xf) == 0x1)
#define IN6_IS_ADDR_MC_LINKLOCAL(a) (IN6_IS_ADDR_MULTICAST(a) && ((a)->s6_addr[1] & 0xf) == 0x2)
#define IN6_IS_ADDR_MC_SITELOCAL(a) (IN6_IS_ADDR_MULTICAST(a) && ((a)->s6_addr[1] & 0xf) == 0x5)
#define IN6_IS_ADDR_MC_ORGLOCAL(a)  (IN6_IS_ADDR_MULTICAST(a) && ((a)->s6_addr[1] & 0xf) == 0x8)
#define IN6_IS_ADDR_MC_GLOBAL(a)    (IN6_IS_ADDR_MULTICAST(a) && ((a)->s6_addr[1] & 0xf) == 0xe)
#define IN6_ARE_ADDR_EQUAL(a, b)    (__builtin_memcmp((a), (b), 16) == 0)

/* Functions for those who take their address, macros for the rest. */
uint16_t(htons)(uint16_t value);
uint16_t(ntohs)(uint16_t value);
uint32_t(htonl)(uint32_t value);
uint32_t(ntohl)(uint32_t value);
#ifndef htons
#define htons(value) ((uint16_t)__builtin_bswap16((uint16_t)(value)))
#define ntohs(value) ((uint16_t)__builtin_bswap16((uint16_t)(value)))
#define htonl(value) ((uint32_t)__builtin_bswap32((uint32_t)(value)))
#define ntohl(value) ((uint32_t)__builtin_bswap32((uint32_t)(value)))
#endif

#ifdef __cplusplus
}
#endif

#endif
