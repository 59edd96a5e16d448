/* Privileged and special instructions, one function each, for the nucleus only. */
#ifndef CORACLE_NUCLEUS_CPU_H
#define CORACLE_NUCLEUS_CPU_H

#include <stdint.h>

/* Model-specific registers (Intel SDM volume 4). */
#define MSR_APIC_BASE 0x1bu
#define MSR_X2APIC    0x800u
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

static inline uint64_t rdtsc(void)
{
        uint32_t low, high;
        __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
        return (uint64_t)high << 32 | low;
}

static inline void xsetbv(uint32_t index, uint64_t value)
{
        __asm__ volatile("xsetbv" ::"c"(index), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

static inline uint64_t read_cr0(void)
{
        uint64_t value;
        __asm__ volatile("mov %%cr0, %0" : "=r"(value));
        return value;
}

static inline void write_cr0(uint64_t value)
{
        __asm__ volatile("mov %0, %%cr0" ::"r"(value) : "memory");
}

static inline uint64_t read_cr2(void)
{
        uint64_t value;
        __asm__ volatile("mov %%cr2, %0" : "=r"(value));
        return value;
}

static inline uint64_t read_cr3(void)
{
        uint64_t value;
        __asm__ volatile("mov %%cr3, %0" : "=r"(value));
        return value;
}

static inline void write_cr3(uint64_t value)
{
        __asm__ volatile("mov %0, %%cr3" ::"r"(value) : "memory");
}

static inline uint64_t read_cr4(void)
{
        uint64_t value;
        __asm__ volatile("mov %%cr4, %0" : "=r"(value));
        return value;
}

static inline void write_cr4(uint64_t value)
{
        __asm__ volatile("mov %0, %%cr4" ::"r"(value) : "memory");
}

static inline void invlpg(uint64_t address)
{
        __asm__ volatile("invlpg (%0)" ::"r"(address) : "memory");
}

static inline uint8_t in8(uint16_t port)
{
        uint8_t value;
        __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
        return value;
}

static inline uint16_t in16(uint16_t port)
{
        uint16_t value;
        __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
        return value;
}

static inline uint32_t in32(uint16_t port)
{
        uint32_t value;
        __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
        return value;
}

static inline void out8(uint16_t port, uint8_t value)
{
        __asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

static inline void out16(uint16_t port, uint16_t value)
{
        __asm__ volatile("outw %0, %1" ::"a"(value), "Nd"(port));
}

static inline void out32(uint16_t port, uint32_t value)
{
        __asm__ volatile("outl %0, %1" ::"a"(value), "Nd"(port));
}

#endif
