/*
 * Unpredictable numbers for ports, identifiers and TCP's initial sequence numbers: SipHash-2-4 (Aumasson, Bernstein
 * 2012) as a keyed function, its key drawn once from the platform's entropy.
 */
#include <string.h>

#include <platform.h>

#include "network.h"
#include "lwip/ip_addr.h"
#include "lwip/opt.h"

#include LWIP_HOOK_FILENAME

static uint64_t key[2];
static uint64_t counter;
static bool keyed;

static void draw_key(void)
{
        /* Weak entropy is reported by the platform at start; a guessable key is still better than none. */
        (void)platform_entropy(key, sizeof(key));
        keyed = true;
}

static uint64_t rotate(uint64_t value, unsigned bits)
{
        return value << bits | value >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
        v[0] += v[1];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[0] = rotate(v[0], 32);
        v[2] += v[3];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[2] = rotate(v[2], 32);
}

/* SipHash-2-4 of whole 64-bit words. */
static uint64_t sip_hash(const uint64_t *words, unsigned count)
{
        if (!keyed)
                draw_key();
        uint64_t v[4] = {key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du, key[0] ^ 0x6c7967656e657261u,
                         key[1] ^ 0x7465646279746573u};
        for (unsigned i = 0; i <= count; i++) {
                uint64_t word = i < count ? words[i] : (uint64_t)count * 8 << 56;
                v[3] ^= word;
                sip_round(v);
                sip_round(v);
                v[0] ^= word;
        }
        v[2] ^= 0xff;
        for (unsigned i = 0; i < 4; i++)
                sip_round(v);
        return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint32_t network_random(void)
{
        counter++;
        return (uint32_t)sip_hash(&counter, 1);
}

/* RFC 6528 section 3: M + F(4-tuple, key), where M counts every 4 microseconds. */
u32_t network_initial_sequence(const ip_addr_t *local, u16_t local_port, const ip_addr_t *remote, u16_t remote_port)
{
        uint64_t words[5] = {0};
        if (IP_IS_V6(local)) {
                memcpy(&words[0], ip_2_ip6(local)->addr, 16);
                memcpy(&words[2], ip_2_ip6(remote)->addr, 16);
        } else {
                words[0] = (uint64_t)ip4_addr_get_u32(ip_2_ip4(local)) << 32 | ip4_addr_get_u32(ip_2_ip4(remote));
        }
        words[4] = (uint64_t)local_port << 16 | remote_port;
        return (u32_t)sip_hash(words, 5) + (u32_t)(platform_clock_monotonic() / 4096u);
}
