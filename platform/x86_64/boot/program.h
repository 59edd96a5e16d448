/* Putting the program in place, for the stub's 32-bit and 64-bit C: struct stub_description's to its fields' meanings.
 */
#ifndef CORACLE_BOOT_PROGRAM_H
#define CORACLE_BOOT_PROGRAM_H

#include <linux/elf.h>
#include <stdint.h>

#include "stub.h"

/* A word at a time: emulators take as long for a byte. */
#ifdef __x86_64__
#define BOOT_WORD "q"
#else
#define BOOT_WORD "l"
#endif

typedef uintptr_t boot_word_anywhere __attribute__((aligned(1)));

/* Whole words: up to a word less a byte more than `bytes`. */
static inline void boot_copy(void *to, const void *from, uintptr_t bytes)
{
        uintptr_t words = (bytes + sizeof(uintptr_t) - 1) / sizeof(uintptr_t);
        __asm__ volatile("rep movs" BOOT_WORD : "+D"(to), "+S"(from), "+c"(words) : : "memory");
}

/* [start, end), or a word when that is more; and up to a word less a byte behind it, if words do not end there. */
static inline void boot_clear(uintptr_t start, uintptr_t end)
{
        *(volatile boot_word_anywhere *)start = 0; /* up to where words begin */
        const uintptr_t first = (start + sizeof(uintptr_t) - 1) & ~(sizeof(uintptr_t) - 1);
        void *to = (void *)first;
        uintptr_t words = (end + sizeof(uintptr_t) - 1 - first) / sizeof(uintptr_t);
        __asm__ volatile("rep stos" BOOT_WORD : "+D"(to), "+c"(words) : "a"((uintptr_t)0) : "memory");
}

/*
 * All of [image_start, image_end) gets its content: whole pages, the last of them no segment's. Segments are in the
 * order of their addresses, as kernel.c sees to, so what is written behind one is written again by the next step.
 */
static inline void boot_load_program(uintptr_t base)
{
        const struct stub_description *program = (const struct stub_description *)(base + STUB_DESCRIPTION_AT);
        const uintptr_t file = base + program->stub_bytes;
        const Elf64_Ehdr *header = (const Elf64_Ehdr *)file;
        const Elf64_Phdr *segment = (const Elf64_Phdr *)(file + (uintptr_t)header->e_phoff);
        uintptr_t done = program->image_start;
        for (unsigned i = 0; i < header->e_phnum; i++, segment++) {
                const uintptr_t to = (uintptr_t)segment->p_paddr, bytes = (uintptr_t)segment->p_filesz;
                if ((segment->p_type != PT_LOAD) | (bytes == 0))
                        continue;
                boot_clear(done, to);
                boot_copy((void *)to, (const void *)(file + (uintptr_t)segment->p_offset), bytes);
                done = to + bytes;
        }
        boot_clear(done, program->image_end);
}

#endif
