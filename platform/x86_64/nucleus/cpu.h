/* Privileged and special instructions, one function each, for the nucleus only. */
#ifndef CORACLE_NUCLEUS_CPU_H
#define CORACLE_NUCLEUS_CPU_H

#include <stdint.h>

/* Model-specific registers (Intel SDM volume 4). */
#define MSR_APIC_BASE 0x1bu
#define MSR_EFER      0xc0000080u
#define MSR_STAR      0xc0000081u
#define MSR_LSTAR     0xc0000082u
#define MSR_SFMASK    0xc0000084u
#define MSR_FS_BASE   0xc0000100u
#define MSR_GS_BASE   0xc0000101u

struct cpuid {
        uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
        struct cpuid r;
        __asm__ volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "0"(leaf), "2"(subleaf));
        return r;
}

static inline uint64_t rdmsr(uint32_t msr)
{
        uint32_t low, high;
        __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
        return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
        __asm__ volatile("wrmsr" ::"c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

/* Control registers: read_cr2() and so on. */
#define CONTROL_REGISTER(name)                                                                                         \
        static inline uint64_t read_##name(void)                                                                       \
        {                                                                                                              \
                uint64_t value;                                                                                        \
                __asm__ volatile("mov %%" #name ", %0" : "=r"(value));                                                 \
                return value;                                                                                          \
        }                                                                                                              \
        static inline void write_##name(uint64_t value)                                                                \
        {                                                                                                              \
                __asm__ volatile("mov %0, %%" #name ::"r"(value) : "memory");                                          \
        }
CONTROL_REGISTER(cr2)
CONTROL_REGISTER(cr3)
CONTROL_REGISTER(cr4)

static inline void invlpg(uint64_t address)
{
        __asm__ volatile("invlpg (%0)" ::"r"(address) : "memory");
}

/* Ports: in8(port), out8(port, value) and so on. */
#define PORT_ACCESS(bits, suffix)                                                                                      \
        static inline uint##bits##_t in##bits(uint16_t port)                                                           \
        {                                                                                                              \
                uint##bits##_t value;                                                                                  \
                __asm__ volatile("in" #suffix " %1, %0" : "=a"(value) : "Nd"(port));                                   \
                return value;                                                                                          \
        }                                                                                                              \
        static inline void out##bits(uint16_t port, uint##bits##_t value)                                              \
        {                                                                                                              \
                __asm__ volatile("out" #suffix " %0, %1" ::"a"(value), "Nd"(port));                                    \
        }
PORT_ACCESS(8, b)
PORT_ACCESS(16, w)
PORT_ACCESS(32, l)

#endif
