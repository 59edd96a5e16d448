/* RDSEED and RDRAND, with the retry rules of Intel's implementation guide, sections 5.2.1 and 5.3.1. */
#include <x86_64/cpu_random.h>

#include <stdatomic.h>

#include <x86_64/cpu.h>

#define CPUID_1_ECX_RDRAND (1u << 30)
#define CPUID_7_EBX_RDSEED (1u << 18)

#define RDRAND_ATTEMPTS 10u
#define RDSEED_ATTEMPTS 10u /* it may run dry; RDRAND then does, which is seeded from the same source */

#define KNOWN  1u
#define RDRAND 2u
#define RDSEED 4u

/* CPUID leaves the guest on most hypervisors: ask once. */
static unsigned instructions(void)
{
        static atomic_uint cached;
        unsigned have = atomic_load_explicit(&cached, memory_order_relaxed);
        if (have == 0) {
                have = KNOWN;
                if ((cpu_id(1, 0).ecx & CPUID_1_ECX_RDRAND) != 0)
                        have |= RDRAND;
                if (cpu_id(0, 0).eax >= 7 && (cpu_id(7, 0).ebx & CPUID_7_EBX_RDSEED) != 0)
                        have |= RDSEED;
                atomic_store_explicit(&cached, have, memory_order_relaxed);
        }
        return have;
}

static bool rdrand(uint64_t *value)
{
        for (unsigned attempt = 0; attempt < RDRAND_ATTEMPTS; attempt++) {
                bool valid;
                __asm__ volatile("rdrand %0" : "=r"(*value), "=@ccc"(valid));
                if (valid)
                        return true;
        }
        return false;
}

static bool rdseed(uint64_t *value)
{
        for (unsigned attempt = 0; attempt < RDSEED_ATTEMPTS; attempt++) {
                bool valid;
                __asm__ volatile("rdseed %0" : "=r"(*value), "=@ccc"(valid));
                if (valid)
                        return true;
                cpu_relax();
        }
        return false;
}

bool cpu_random(uint64_t *value)
{
        const unsigned have = instructions();
        return ((have & RDSEED) != 0 && rdseed(value)) || ((have & RDRAND) != 0 && rdrand(value));
}

bool cpu_random_works(void)
{
        uint64_t first;
        uint64_t second;
        uint64_t third;
        /* Some AMD CPUs report success and give the same value, all ones, for ever after a suspend. */
        return cpu_random(&first) && cpu_random(&second) && cpu_random(&third) && !(first == second && second == third);
}
