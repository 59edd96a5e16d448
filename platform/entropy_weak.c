/*
 * A pool of 256 bits, stirred with the time-stamp counter around short runs of memory accesses and with what the
 * nucleus gathered at boot. Output and next pool are two halves of one ChaCha20 block (RFC 8439, section 2.3) of the
 * pool, so that output does not reveal the pool.
 */
#include <entropy_weak.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <platform.h>
#include <x86_64/cpu.h>
#include <x86_64/gate_call.h>

#define POOL_WORDS    8u
#define JITTER_ROUNDS 64u

static struct {
        atomic_flag lock;
        bool seeded;
        uint32_t words[POOL_WORDS];
        uint32_t counter;
} pool = {.lock = ATOMIC_FLAG_INIT};

static uint32_t rotate(uint32_t value, unsigned bits)
{
        return value << bits | value >> (32 - bits);
}

static void quarter_round(uint32_t *s, unsigned a, unsigned b, unsigned c, unsigned d)
{
        s[a] += s[b];
        s[d] = rotate(s[d] ^ s[a], 16);
        s[c] += s[d];
        s[b] = rotate(s[b] ^ s[c], 12);
        s[a] += s[b];
        s[d] = rotate(s[d] ^ s[a], 8);
        s[c] += s[d];
        s[b] = rotate(s[b] ^ s[c], 7);
}

/* One block with the pool as its key. */
static void block(uint32_t out[16])
{
        uint32_t in[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
        memcpy(in + 4, pool.words, sizeof(pool.words));
        in[12] = pool.counter++;
        memcpy(out, in, sizeof(in));
        for (unsigned round = 0; round < 10; round++) {
                for (unsigned i = 0; i < 4; i++)
                        quarter_round(out, i, 4 + i, 8 + i, 12 + i);
                for (unsigned i = 0; i < 4; i++)
                        quarter_round(out, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
        }
        for (unsigned i = 0; i < 16; i++)
                out[i] += in[i];
}

static void stir(void)
{
        static volatile uint8_t scratch[4096];
        uint32_t mixed[16];
        for (unsigned round = 0; round < JITTER_ROUNDS; round++) {
                const uint64_t tsc = cpu_tsc();
                scratch[(tsc * 2654435761u >> 20) % sizeof(scratch)]++;
                pool.words[round % POOL_WORDS] ^= (uint32_t)tsc ^ (uint32_t)(tsc >> 32);
        }
        block(mixed);
        memcpy(pool.words, mixed, sizeof(pool.words));
}

static void seed(void)
{
        const uint64_t *random = gate_boot_info()->random;
        for (unsigned i = 0; i < POOL_WORDS; i++)
                pool.words[i] = (uint32_t)random[i] ^ (uint32_t)(random[i] >> 32);
        pool.seeded = true;
}

void entropy_weak(void *buffer, size_t bytes)
{
        const bool enabled = platform_interrupts_disable();
        while (atomic_flag_test_and_set_explicit(&pool.lock, memory_order_acquire))
                cpu_relax();
        if (!pool.seeded)
                seed();
        stir();
        unsigned char *next = buffer;
        while (bytes != 0) {
                uint32_t out[16];
                const size_t part = bytes < sizeof(out) / 2 ? bytes : sizeof(out) / 2;
                block(out);
                memcpy(pool.words, out, sizeof(pool.words));
                memcpy(next, out + POOL_WORDS, part);
                next += part;
                bytes -= part;
        }
        atomic_flag_clear_explicit(&pool.lock, memory_order_release);
        platform_interrupts_restore(enabled);
}
