/* The Internet checksum (RFC 1071), 32 bytes a step; lwIP's LWIP_CHKSUM. Not complemented. */
#include <string.h>

#include "network.h"
#include "lwip/opt.h"

static uint64_t load(const uint8_t *at)
{
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        return word;
}

static uint64_t add(uint64_t sum, uint64_t word)
{
        sum += word;
        return sum + (sum < word);
}

uint16_t network_checksum(const void *data, int bytes)
{
        const uint8_t *at = data;
        size_t left = bytes > 0 ? (size_t)bytes : 0;
        uint64_t sum = 0;

        for (; left >= 32; left -= 32, at += 32)
                sum = add(add(add(add(sum, load(at)), load(at + 8)), load(at + 16)), load(at + 24));
        for (; left >= 8; left -= 8, at += 8)
                sum = add(sum, load(at));
        if (left > 0) {
                uint64_t tail = 0;
                memcpy(&tail, at, left);
                sum = add(sum, tail);
        }
        sum = (sum >> 32) + (sum & 0xffffffffu);
        sum = (sum >> 32) + (sum & 0xffffffffu);
        sum = (sum >> 16) + (sum & 0xffffu);
        sum = (sum >> 16) + (sum & 0xffffu);
        return (uint16_t)sum;
}
