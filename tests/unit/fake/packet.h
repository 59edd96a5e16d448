/* Hand-made Ethernet packets of a peer, and a look at the guest's. IPv4; nothing is included from the stack tested. */
#ifndef FAKE_PACKET_H
#define FAKE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PACKET_FIN 1
#define PACKET_SYN 2
#define PACKET_RST 4
#define PACKET_PSH 8
#define PACKET_ACK 16

struct packet_host {
        uint8_t mac[6], ip[4];
};

typedef void (*packet_sink)(const void *data, size_t bytes);

static bool packet_corrupt;            /* TCP checksums come out wrong */
static uint16_t packet_window = 65535; /* what TCP packets say of the sender's window */
static struct packet_options {         /* of TCP packets */
        size_t bytes;                  /* a multiple of 4 */
        uint8_t data[40];
} packet_options;

static inline void packet_put16(uint8_t *at, unsigned value)
{
        at[0] = (uint8_t)(value >> 8);
        at[1] = (uint8_t)value;
}

static inline void packet_put32(uint8_t *at, uint32_t value)
{
        packet_put16(at, value >> 16);
        packet_put16(at + 2, value & 0xffff);
}

static inline uint32_t packet_get32(const uint8_t *at)
{
        return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline uint32_t packet_sum(const uint8_t *data, size_t bytes, uint32_t sum)
{
        for (size_t i = 0; i < bytes; i += 2)
                sum += (uint32_t)(data[i] << 8 | (i + 1 < bytes ? data[i + 1] : 0));
        while (sum >> 16 != 0)
                sum = (sum & 0xffff) + (sum >> 16);
        return sum;
}

static inline size_t packet_ip(uint8_t *frame, const struct packet_host *from, const struct packet_host *to,
                               uint8_t protocol, size_t payload)
{
        memcpy(frame, to->mac, 6);
        memcpy(frame + 6, from->mac, 6);
        packet_put16(frame + 12, 0x800);
        uint8_t *ip = frame + 14;
        memset(ip, 0, 20);
        ip[0] = 0x45;
        packet_put16(ip + 2, (unsigned)(20 + payload));
        ip[8] = 64;
        ip[9] = protocol;
        memcpy(ip + 12, from->ip, 4);
        memcpy(ip + 16, to->ip, 4);
        packet_put16(ip + 10, ~packet_sum(ip, 20, 0) & 0xffff);
        return 34 + payload;
}

/* The sum of TCP's pseudo-header for the IPv4 packet in the frame. */
static inline uint32_t packet_pseudo(const uint8_t *frame, size_t segment)
{
        return packet_sum(frame + 26, 8, 0) + 6 + (uint32_t)segment;
}

/* TCP packets ask for segments of that size (RFC 9293 section 3.2, kind 2). */
static inline void packet_option_mss(uint16_t size)
{
        packet_options = (struct packet_options){4, {2, 4}};
        packet_put16(packet_options.data + 2, size);
}

/* TCP packets say that the bytes from `left` to `right` have arrived (RFC 2018 section 3). */
static inline void packet_option_sack(uint32_t left, uint32_t right)
{
        packet_options = (struct packet_options){12, {1, 1, 5, 10}};
        packet_put32(packet_options.data + 4, left);
        packet_put32(packet_options.data + 8, right);
}

static inline void packet_no_options(void)
{
        packet_options.bytes = 0;
}

static inline void packet_tcp(const struct packet_host *from, const struct packet_host *to, uint16_t from_port,
                              uint16_t to_port, uint32_t sequence, uint32_t acknowledge, uint8_t flags,
                              const void *data, size_t bytes, packet_sink sink)
{
        uint8_t frame[1600];
        uint8_t *tcp = frame + 34;
        const size_t header = 20 + packet_options.bytes;
        size_t segment = header + bytes, total = packet_ip(frame, from, to, 6, segment);
        memset(tcp, 0, header);
        packet_put16(tcp, from_port);
        packet_put16(tcp + 2, to_port);
        packet_put32(tcp + 4, sequence);
        packet_put32(tcp + 8, acknowledge);
        tcp[12] = (uint8_t)(header / 4 << 4);
        tcp[13] = flags;
        packet_put16(tcp + 14, packet_window);
        memcpy(tcp + 20, packet_options.data, packet_options.bytes);
        if (bytes != 0)
                memcpy(tcp + header, data, bytes);
        packet_put16(tcp + 16, (~packet_sum(tcp, segment, packet_pseudo(frame, segment)) + packet_corrupt) & 0xffff);
        sink(frame, total);
}

static inline void packet_ping(const struct packet_host *from, const struct packet_host *to, size_t bytes,
                               packet_sink sink)
{
        uint8_t frame[1600];
        uint8_t *icmp = frame + 34;
        size_t total = packet_ip(frame, from, to, 1, 8 + bytes);
        memset(icmp, 0, 8 + bytes);
        icmp[0] = 8;
        packet_put16(icmp + 2, ~packet_sum(icmp, 8 + bytes, 0) & 0xffff);
        sink(frame, total);
}

static inline bool packet_is_arp_request_for(const uint8_t *frame, size_t bytes, const uint8_t ip[4])
{
        return bytes >= 42 && frame[12] == 8 && frame[13] == 6 && frame[21] == 1 && memcmp(frame + 38, ip, 4) == 0;
}

static inline void packet_arp_reply(const struct packet_host *from, const struct packet_host *to, packet_sink sink)
{
        uint8_t frame[42] = {[12] = 8, [13] = 6, [15] = 1, [16] = 8, [18] = 6, [19] = 4, [21] = 2};
        memcpy(frame, to->mac, 6);
        memcpy(frame + 6, from->mac, 6);
        memcpy(frame + 22, from->mac, 6);
        memcpy(frame + 28, from->ip, 4);
        memcpy(frame + 32, to->mac, 6);
        memcpy(frame + 38, to->ip, 4);
        sink(frame, sizeof(frame));
}

static inline int packet_protocol(const uint8_t *frame, size_t bytes)
{
        return bytes >= 34 && frame[12] == 8 && frame[13] == 0 ? frame[23] : -1;
}

/* Both checksums hold and the lengths agree. */
static inline bool packet_is_sane(const uint8_t *frame, size_t bytes)
{
        if (bytes < 34 || packet_sum(frame + 14, 20, 0) != 0xffff)
                return false;
        size_t payload = (size_t)(frame[16] << 8 | frame[17]) - 20;
        if (payload != bytes - 34)
                return false;
        if (frame[23] == 6)
                return packet_sum(frame + 34, payload, packet_pseudo(frame, payload)) == 0xffff;
        return frame[23] != 1 || packet_sum(frame + 34, payload, 0) == 0xffff;
}

static inline uint8_t packet_tcp_flags(const uint8_t *frame)
{
        return frame[34 + 13];
}

static inline uint32_t packet_tcp_sequence(const uint8_t *frame)
{
        return packet_get32(frame + 34 + 4);
}

static inline uint16_t packet_tcp_to(const uint8_t *frame)
{
        return (uint16_t)(frame[36] << 8 | frame[37]);
}

#endif
