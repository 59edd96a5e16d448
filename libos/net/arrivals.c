/*
 * What lwIP is not shown. It takes some messages at their word that any host of the link may send: a packet from this
 * guest itself, an address of the guest's that another claims, a better way to a destination. It reads the options of
 * neighbours' messages without all of the checks that RFC 4861 asks for, and believes what fragments and datagrams say
 * of their length.
 *
 * lwIP's nd6_input and so on are built as lwip_nd6_input and so on (tools/make/lwip.mk), and it calls those here.
 */
#include <stddef.h>
#include <string.h>

#include "arrivals.h"

#include "lwip/dhcp.h"
#include "lwip/icmp6.h"
#include "lwip/ip.h"
#include "lwip/ip4_frag.h"
#include "lwip/ip6_frag.h"
#include "lwip/nd6.h"
#include "lwip/pbuf.h"
#include "lwip/priv/nd6_priv.h"
#include "lwip/prot/ip4.h"
#include "lwip/prot/ip6.h"
#include "lwip/prot/nd6.h"
#include "lwip/udp.h"

#define DHCP_CLIENT_PORT 68

void lwip_nd6_input(struct pbuf *message, struct netif *netif);
struct pbuf *lwip_ip4_reass(struct pbuf *fragment);
struct pbuf *lwip_ip6_reass(struct pbuf *fragment);
void lwip_udp_input(struct pbuf *datagram, struct netif *netif);

/* ---- Sources (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3) ---- */

bool arrival_ipv4_is_ours(const uint8_t *packet)
{
        const struct netif *netif;
        ip4_addr_t source;
        memcpy(&source.addr, packet + offsetof(struct ip_hdr, src), sizeof(source.addr));
        if (ip4_addr_isloopback(&source))
                return true;
        /* "This host": a DHCP server without an address may say so, and a switch that asks for groups (RFC 4541). */
        const u8_t protocol = packet[offsetof(struct ip_hdr, _proto)];
        if (ip4_addr_isany(&source))
                return protocol != IP_PROTO_UDP && protocol != IP_PROTO_IGMP;
        NETIF_FOREACH(netif)
        if (ip4_addr_eq(&source, netif_ip4_addr(netif)))
                return true;
        return false;
}

/* An address that is still tentative may turn out to be the sender's. */
bool arrival_ipv6_is_ours(const uint8_t *packet)
{
        const struct netif *netif;
        ip6_addr_t source = {0};
        memcpy(source.addr, packet + offsetof(struct ip6_hdr, src), sizeof(source.addr));
        if (ip6_addr_isloopback(&source))
                return true;
        NETIF_FOREACH(netif)
        for (s8_t i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++)
                if (ip6_addr_isvalid(netif_ip6_addr_state(netif, i)) &&
                    ip6_addr_zoneless_eq(&source, netif_ip6_addr(netif, i)))
                        return true;
        return false;
}

/* ---- Neighbours and routers (RFC 4861 sections 6.1.2, 7.1.1, 7.1.2) ---- */

/* Where a message's options begin; 0: not a message of which lwIP should know. */
static u16_t options_of(u8_t type)
{
        switch (type) {
        case ICMP6_TYPE_NS:
                return sizeof(struct ns_header);
        case ICMP6_TYPE_NA:
                return sizeof(struct na_header);
        case ICMP6_TYPE_RA:
                return sizeof(struct ra_header);
        default:
                /* A redirect: heeding it saves a hop, and gives whoever sends it the guest's packets. As with IPv4. */
                return 0;
        }
}

static bool has_sane_options(const struct pbuf *message, u16_t at)
{
        while (at < message->tot_len) {
                const int length = pbuf_try_get_at(message, (u16_t)(at + 1)) * 8;
                if (length <= 0 || length > message->tot_len - at)
                        return false;
                at = (u16_t)(at + length);
        }
        return at == message->tot_len;
}

/* RFC 4862 section 5.4.4 speaks of tentative addresses only; lwIP would give up one that has been in use for days. */
static bool claims_address(const struct pbuf *message, const struct netif *netif)
{
        const struct na_header *advertisement = message->payload;
        ip6_addr_t target = {0};
        if (message->len < sizeof(*advertisement))
                return true;
        memcpy(target.addr, &advertisement->target_address, sizeof(target.addr));
        for (s8_t i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++)
                if (ip6_addr_isvalid(netif_ip6_addr_state(netif, i)) &&
                    ip6_addr_zoneless_eq(&target, netif_ip6_addr(netif, i)))
                        return true;
        return false;
}

static bool is_for_lwip(const struct pbuf *message, const struct netif *netif)
{
        const u8_t type = *(const u8_t *)message->payload;
        if (type == ICMP6_TYPE_PTB)
                return true;
        const u16_t options = options_of(type);
        return options != 0 && !ip6_addr_isinvalid(netif_ip6_addr_state(netif, 0)) &&
               has_sane_options(message, options) && !(type == ICMP6_TYPE_NA && claims_address(message, netif));
}

void nd6_input(struct pbuf *message, struct netif *netif)
{
        if (is_for_lwip(message, netif))
                lwip_nd6_input(message, netif);
        else
                pbuf_free(message);
}

/* ---- Fragments (RFC 791 section 3.2, RFC 8200 section 4.5) ---- */

/*
 * The packet, put together, if it is as long as its header says. lwIP takes fragments that lie beyond the last one, and
 * has 16 bits for the sum of all: such a packet's pbufs would hold more than the packet.
 */
static struct pbuf *only_of_length(struct pbuf *packet, size_t bytes)
{
        size_t held = 0;
        for (const struct pbuf *piece = packet; piece != NULL; piece = piece->next)
                held += piece->len;
        if (held == bytes && bytes <= UINT16_MAX)
                return packet;
        pbuf_free(packet);
        return NULL;
}

struct pbuf *ip4_reass(struct pbuf *fragment)
{
        struct pbuf *const packet = lwip_ip4_reass(fragment);
        return packet == NULL ? NULL
                              : only_of_length(packet, lwip_ntohs(IPH_LEN((const struct ip_hdr *)packet->payload)));
}

struct pbuf *ip6_reass(struct pbuf *fragment)
{
        /* For one of more pieces than it ever keeps lwIP would keep a datagram without any, and fall over it later. */
        if (pbuf_clen(fragment) > IP_REASS_MAX_PBUFS) {
                pbuf_free(fragment);
                return NULL;
        }
        struct pbuf *const packet = lwip_ip6_reass(fragment);
        if (packet == NULL)
                return NULL;
        /* lwIP has taken the fragment header off twice. */
        struct ip6_hdr *const header = packet->payload;
        const size_t payload = (size_t)IP6H_PLEN(header) + IP6_FRAG_HLEN;
        IP6H_PLEN_SET(header, (u16_t)payload);
        return only_of_length(packet, IP6_HLEN + payload);
}

/* ---- UDP (RFC 768, RFC 8200 section 8.1) ---- */

/*
 * What is behind the datagram's end is cut off. One without a checksum is none over IPv6, and lwIP reads the options of
 * a DHCP message beyond the end of a piece: no server cuts one.
 */
static bool is_datagram(struct pbuf *datagram, const struct netif *netif)
{
        const struct udp_hdr *header = datagram->payload;
        if (datagram->len < UDP_HLEN || (header->chksum == 0 && ip_current_is_v6()))
                return false;
        const u16_t bytes = lwip_ntohs(header->len);
        if (bytes < UDP_HLEN || bytes > datagram->tot_len)
                return false;
        pbuf_realloc(datagram, bytes);
        const bool dhcp = header->dest == PP_HTONS(DHCP_CLIENT_PORT);
        if (!ip_current_is_v6() && ip4_addr_isany_val(*ip4_current_src_addr())) /* an answer would go to everybody */
                return dhcp && datagram->next == NULL && netif_dhcp_data(netif) != NULL;
        return !dhcp || datagram->next == NULL;
}

void udp_input(struct pbuf *datagram, struct netif *netif)
{
        if (is_datagram(datagram, netif))
                lwip_udp_input(datagram, netif);
        else
                pbuf_free(datagram);
}
