/* htons and its siblings as functions, for those who take their address; and the two constant IPv6 addresses. */
#include <netinet/in.h>

#undef htons
#undef ntohs
#undef htonl
#undef ntohl

uint16_t htons(uint16_t value)
{
        return __builtin_bswap16(value);
}

uint16_t ntohs(uint16_t value)
{
        return __builtin_bswap16(value);
}

uint32_t htonl(uint32_t value)
{
        return __builtin_bswap32(value);
}

uint32_t ntohl(uint32_t value)
{
        return __builtin_bswap32(value);
}

const struct in6_addr in6addr_any = IN6ADDR_ANY_INIT;
const struct in6_addr in6addr_loopback = IN6ADDR_LOOPBACK_INIT;
