/* TCP checksums that the device computes: it adds up all but the pseudo-header, whose sum is put in its place. */
#include <string.h>

#include "offload.h"

#include "lwip/inet_chksum.h"
#include "lwip/prot/ethernet.h"
#include "lwip/prot/ip.h"
#include "lwip/prot/ip4.h"
#include "lwip/prot/ip6.h"
#include "lwip/prot/tcp.h"

#define TCP_CHECKSUM_OFFSET 16u /* RFC 9293, section 3.1 */

/* The ones' complement sum that TCP's checksum starts from: addresses, protocol, length (RFC 9293 3.1, RFC 8200 8.1).
 */
static u16_t pseudo_header_sum(const uint8_t *addresses, int address_bytes, u16_t length)
{
        u32_t sum = network_checksum(addresses, address_bytes);
        sum += PP_HTONS(IP_PROTO_TCP) + lwip_htons(length);
        sum = (sum >> 16) + (sum & 0xffffu);
        return (u16_t)((sum >> 16) + sum);
}

void offload_checksum(const struct interface *interface, uint8_t *bytes, uint32_t total, struct netdev_offload *offload)
{
        if (!(interface->info.capabilities & NETDEV_TX_CHECKSUM))
                return;
        u16_t ip_length = (u16_t)(total - ETHERNET_HEADER);
        u16_t type;
        memcpy(&type, bytes + 12, sizeof(type));
        uint8_t *tcp;
        u16_t sum;
        if (type == PP_HTONS(ETHTYPE_IP)) {
                struct ip_hdr *ip = (struct ip_hdr *)(void *)(bytes + ETHERNET_HEADER);
                /* lwIP never cuts TCP into IP fragments: segments fit the MTU. */
                if (IPH_PROTO(ip) != IP_PROTO_TCP)
                        return;
                u16_t header = IPH_HL_BYTES(ip);
                tcp = (uint8_t *)ip + header;
                sum = pseudo_header_sum((const uint8_t *)&ip->src, 8, (u16_t)(ip_length - header));
        } else if (type == PP_HTONS(ETHTYPE_IPV6)) {
                struct ip6_hdr *ip = (struct ip6_hdr *)(void *)(bytes + ETHERNET_HEADER);
                if (IP6H_NEXTH(ip) != IP_PROTO_TCP)
                        return;
                tcp = (uint8_t *)ip + IP6_HLEN;
                sum = pseudo_header_sum((const uint8_t *)&ip->src, 32, (u16_t)(ip_length - IP6_HLEN));
        } else {
                return;
        }
        memcpy(tcp + TCP_CHECKSUM_OFFSET, &sum, sizeof(sum));
        offload->checksum = true;
        offload->checksum_start = (uint16_t)(tcp - bytes);
        offload->checksum_offset = TCP_CHECKSUM_OFFSET;
}

void offload_headers(const uint8_t *bytes, struct netdev_offload *offload)
{
        const struct tcp_hdr *tcp = (const struct tcp_hdr *)(const void *)(bytes + offload->checksum_start);
        offload->header_bytes = (uint16_t)(offload->checksum_start + TCPH_HDRLEN_BYTES(tcp));
        offload->ipv6 = bytes[12] == ETHTYPE_IPV6 >> 8;
}
