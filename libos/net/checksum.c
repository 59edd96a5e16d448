/* The Internet checksum (RFC 1071), eight bytes a step; lwIP's LWIP_CHKSUM. Not complemented. */
#include "network.h"
#include "lwip/opt.h"

/* Loads from wherever the data lies. */
struct __attribute__((packed, may_alias)) word64 {
        uint64_t value;
};
struct __attribute__((packed, may_alias)) word32 {
        uint32_t value;
};
struct __attribute__((packed, may_alias)) word16 {
        uint16_t value;
};

uint16_t network_checksum(const void *data, int bytes)
{
        const uint8_t *at = data;
        size_t left = bytes > 0 ? (size_t)bytes : 0;
        unsigned __int128 wide = 0; /* 64 KiB of 64-bit words carry far less than 64 bits */

        for (; left >= 8; left -= 8, at += 8)
                wide += ((const struct word64 *)at)->value;
        uint64_t sum = (uint32_t)wide + (uint64_t)(uint32_t)(wide >> 32) + (uint64_t)(wide >> 64);
        if (left & 4) {
                sum += ((const struct word32 *)at)->value;
                at += 4;
        }
        if (left & 2) {
                sum += ((const struct word16 *)at)->value;
                at += 2;
        }
        if (left & 1)
                sum += *at; /* little-endian: the last byte counts as the low one */
        sum = (sum >> 32) + (sum & 0xffffffffu);
        sum = (sum >> 16) + (sum & 0xffffu);
        sum = (sum >> 16) + (sum & 0xffffu);
        return (uint16_t)((sum >> 16) + sum);
}
