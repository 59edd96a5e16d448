/* Hand-made ICMPv6 messages of a neighbour. IPv6; nothing is included from the stack tested. */
#ifndef FAKE_PACKET6_H
#define FAKE_PACKET6_H

#include "fake/packet.h"

struct packet_host6 {
        uint8_t mac[6], ip[16];
};

#define PACKET6_PACKET_TOO_BIG          2
#define PACKET6_NEIGHBOUR_SOLICITATION  135
#define PACKET6_NEIGHBOUR_ADVERTISEMENT 136

/* A message of a type whose 4 bytes behind the checksum are `word` (RFC 4443 section 2.1), at most 1,500 bytes long. */
static inline void packet6_icmp(const struct packet_host6 *from, const struct packet_host6 *to, uint8_t type,
                                uint32_t word, const void *body, size_t bytes, packet_sink sink)
{
        uint8_t frame[1600] = {0};
        uint8_t *ip = frame + 14, *icmp = frame + 54;
        const size_t payload = 8 + bytes;
        memcpy(frame, to->mac, 6);
        memcpy(frame + 6, from->mac, 6);
        packet_put16(frame + 12, 0x86dd);
        ip[0] = 0x60;
        packet_put16(ip + 4, (unsigned)payload);
        ip[6] = 58;
        ip[7] = 255;
        memcpy(ip + 8, from->ip, 16);
        memcpy(ip + 24, to->ip, 16);
        icmp[0] = type;
        packet_put32(icmp + 4, word);
        memcpy(icmp + 8, body, bytes);
        packet_put16(icmp + 2, ~packet_sum(icmp, payload, packet_sum(ip + 8, 32, 58 + (uint32_t)payload)) & 0xffff);
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
