/* Hand-made packets of IPv6, and ICMPv6 messages of a neighbour; nothing is included from the stack tested. */
#ifndef FAKE_PACKET6_H
#define FAKE_PACKET6_H

#include "fake/packet.h"

struct packet_host6 {
        uint8_t mac[6], ip[16];
};

#define PACKET6_PACKET_TOO_BIG          2
#define PACKET6_NEIGHBOUR_SOLICITATION  135
#define PACKET6_NEIGHBOUR_ADVERTISEMENT 136

/* Ethernet and IPv6 headers in front of `payload` bytes, at frame + 54. */
static inline void packet6_ip(uint8_t *frame, const struct packet_host6 *from, const struct packet_host6 *to,
                              uint8_t next_header, uint8_t hops, size_t payload)
{
        memset(frame, 0, 54);
        memcpy(frame, to->mac, 6);
        memcpy(frame + 6, from->mac, 6);
        packet_put16(frame + 12, 0x86dd);
        frame[14] = 0x60;
        packet_put16(frame + 18, (unsigned)payload);
        frame[20] = next_header;
        frame[21] = hops;
        memcpy(frame + 22, from->ip, 16);
        memcpy(frame + 38, to->ip, 16);
}

/* A message of a type whose 4 bytes behind the checksum are `word` (RFC 4443 section 2.1), at most 1,500 bytes long. */
static inline void packet6_icmp(const struct packet_host6 *from, const struct packet_host6 *to, uint8_t type,
                                uint32_t word, const void *body, size_t bytes, packet_sink sink)
{
        uint8_t frame[1600] = {0};
        uint8_t *icmp = frame + 54;
        const size_t payload = 8 + bytes;
        packet6_ip(frame, from, to, 58, 255, payload);
        icmp[0] = type;
        packet_put32(icmp + 4, word);
        memcpy(icmp + 8, body, bytes);
        packet_put16(icmp + 2, ~packet_sum(icmp, payload, packet_sum(frame + 22, 32, 58 + (uint32_t)payload)) & 0xffff);
        sink(frame, 54 + payload);
}

/* The host says, asked or not, that it has its address. */
static inline void packet6_advertise(const struct packet_host6 *from, const struct packet_host6 *to, packet_sink sink)
{
        uint8_t body[24];
        memcpy(body, from->ip, 16);
        body[16] = 2;
        body[17] = 1;
        memcpy(body + 18, from->mac, 6);
        packet6_icmp(from, to, PACKET6_NEIGHBOUR_ADVERTISEMENT, 0x60000000, body, sizeof(body), sink);
}

/* The next header of the IPv6 packet in the frame; -1: it holds none. */
static inline int packet6_next_header(const uint8_t *frame, size_t bytes)
{
        return bytes >= 54 && frame[12] == 0x86 && frame[13] == 0xdd ? frame[20] : -1;
}

#endif
