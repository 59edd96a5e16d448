/* For tests of the nucleus: raw gate calls from the application, and what the nucleus told at boot. */
#ifndef CORACLE_TEST_RING3_H
#define CORACLE_TEST_RING3_H

#include "../../platform/x86_64/nucleus/gate.h"

static inline int64_t gate(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
        int64_t result = (int64_t)number;
        register uint64_t r10 __asm__("r10") = d;
        __asm__ volatile("syscall" : "+a"(result) : "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
        return result;
}

static inline struct gate_cpu_page *cpu_page(void)
{
        struct gate_cpu_page *page;
        __asm__("movq %%gs:56, %0" : "=r"(page));
        return page;
}

/* The nucleus's shared pages, in this order: cpu page, clock and crash page, boot info (linker/image.ld). */
static inline const struct gate_boot_info *boot_info(void)
{
        return (const struct gate_boot_info *)((uintptr_t)cpu_page() + 2 * GATE_PAGE_SIZE);
}

/*
 * The free memory of a claim, without what earlier claims (page tables, the image) took off its ends. Empty: none.
 */
static inline struct gate_range free_part(unsigned index)
{
        const struct gate_range *claims = boot_info()->ranges;
        uint64_t start = claims[index].start, end = claims[index].end;
        for (unsigned i = 0; i < index; i++) {
                uint64_t other = claims[i].start, other_end = claims[i].end;
                if (other <= start && other_end > start)
                        start = other_end;
                if (other < end && other_end >= end)
                        end = other;
        }
        if (claims[index].type != GATE_MEMORY_FREE || end <= start)
                return (struct gate_range){0, 0, 0, 0};
        return (struct gate_range){start, end, GATE_MEMORY_FREE, 0};
}

/* Physical address of something in the image: its link address. */
static inline uint64_t image_physical(const void *pointer)
{
        return (uint64_t)pointer - boot_info()->image_bias;
}

#endif
