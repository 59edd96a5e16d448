/*
 * Random bits for the layout of the address space, the stack canary and ring 3's generator: RDSEED, else RDRAND (Intel
 * SDM volume 1, section 7.3.17), else jitter of the time-stamp counter, which is marked weak.
 */
#include "cpu.h"
#include "nucleus.h"

#define TRIES 32 /* RDSEED may be empty for a while when other CPUs draw from it */

static bool hardware(uint64_t *word)
{
        bool good = false;
        for (unsigned i = 0; cpu.rdseed && !good && i < TRIES; i++)
                __asm__ volatile("rdseed %0" : "=r"(*word), "=@ccc"(good));
        for (unsigned i = 0; cpu.rdrand && !good && i < TRIES; i++)
                __asm__ volatile("rdrand %0" : "=r"(*word), "=@ccc"(good));
        return good;
}

/* One round of splitmix64's finaliser over the counter: spreads the few unpredictable low bits. */
static uint64_t jitter(uint64_t state)
{
        uint64_t mixed = state + __builtin_ia32_rdtsc() * 0x9e3779b97f4a7c15ull;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ull;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebull;
        return mixed ^ (mixed >> 31);
}

/* *quality becomes GATE_ENTROPY_WEAK when any word is not the hardware's. */
void random_fill(uint64_t *words, unsigned count, uint32_t *quality)
{
        uint64_t state = 0;
        for (unsigned i = 0; i < count; i++) {
                if (!hardware(&words[i])) {
                        words[i] = state = jitter(state);
                        *quality = GATE_ENTROPY_WEAK;
                }
        }
}
