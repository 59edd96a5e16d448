/* What the program is told, for the stub's 32-bit and 64-bit C: who comes from a loader or from firmware fills it in.
 */
#ifndef CORACLE_BOOT_WORK_H
#define CORACLE_BOOT_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "stub.h"

#include <xen/arch-x86/hvm/start_info.h>

#define COMMAND_LINE_MAX 4096u
#define MAP_ENTRIES      128u
#define STACK_BYTES      4096u

/* The memory behind the file, whose content is undefined at first. The stack is behind this. */
struct work {
        struct hvm_start_info start_info; /* boot_describe fills in the addresses, which change when the stub moves */
        struct hvm_modlist_entry module;
        struct hvm_memmap_table_entry map[MAP_ENTRIES];
        char command_line[COMMAND_LINE_MAX];
};
_Static_assert(sizeof(struct work) + STACK_BYTES <= STUB_WORK_BYTES, "the stub's memory holds its data and a stack");

static inline const struct stub_description *boot_description(uintptr_t base)
{
        return (const struct stub_description *)(base + STUB_DESCRIPTION_AT);
}

static inline struct work *boot_work(uintptr_t base)
{
        return (struct work *)(base + boot_description(base)->total_bytes);
}

/* All but the map and the command line. A member at a time: clearing as a whole is a loop, which emulators are slow at.
 */
static inline void boot_tell(struct work *work, uint64_t root_pointer, uint64_t module, uint64_t module_bytes)
{
        work->start_info.magic = XEN_HVM_START_MAGIC_VALUE;
        work->start_info.version = 1;
        work->start_info.flags = 0;
        work->start_info.nr_modules = module_bytes != 0;
        work->start_info.rsdp_paddr = root_pointer;
        work->start_info.reserved = 0;
        work->module.paddr = module;
        work->module.size = module_bytes;
        work->module.cmdline_paddr = 0;
        work->module.reserved = 0;
}

/* GRUB puts BOOT_IMAGE=PATH first: alone, it is no command line. */
static inline bool boot_says_nothing(const char *words)
{
        static const char image[] = "BOOT_IMAGE=";
        unsigned i = 0;
        while (image[i] != '\0' && words[i] == image[i])
                i++;
        words += image[i] == '\0' ? i : 0;
        while (image[i] == '\0' && *words != ' ' && *words != '\0')
                words++;
        while (*words == ' ')
                words++;
        return *words == '\0';
}

/* `words`, NULL when the loader has none, or instead of them what is built in. False: too long. */
static inline bool boot_read_command_line(uintptr_t base, const char *words)
{
        char *to = boot_work(base)->command_line;
        if (words == NULL || boot_says_nothing(words))
                words = (const char *)(base + boot_description(base)->command_line);
        uint32_t i = 0;
        for (; i < COMMAND_LINE_MAX - 1 && words[i] != '\0'; i++)
                to[i] = words[i];
        to[i] = '\0';
        return words[i] == '\0';
}

#endif
