/* Unprivileged instructions of the CPU that C has no name for. */
#ifndef CORACLE_X86_64_CPU_H
#define CORACLE_X86_64_CPU_H

#include <stdbool.h>
#include <stdint.h>

/* The time-stamp counter, read after every earlier instruction has finished (Intel SDM volume 2, RDTSC). */
static inline uint64_t cpu_tsc(void)
{
        uint32_t low;
        uint32_t high;
        __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
        return (uint64_t)high << 32 | low;
}

struct cpuid {
        uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpu_id(uint32_t leaf, uint32_t subleaf)
{
        struct cpuid id;
        __asm__ volatile("cpuid" : "=a"(id.eax), "=b"(id.ebx), "=c"(id.ecx), "=d"(id.edx) : "a"(leaf), "c"(subleaf));
        return id;
}

static inline void cpu_relax(void)
{
        __asm__ volatile("pause" : : : "memory");
}

#endif
