/* Questions about the memory map of struct boot_params, for the stub's 32-bit and 64-bit C. */
#ifndef CORACLE_BOOT_RAM_H
#define CORACLE_BOOT_RAM_H

#include <asm/bootparam.h>
#include <stdbool.h>
#include <stdint.h>

#define E820_RAM 1u /* ACPI 6.4, section 15 */
#define E820_NVS 4u

/* Whether all of [start, end) is RAM, or `also`. The map need not be sorted; an entry that wraps counts as none. */
static inline bool is_ram(const struct boot_params *params, uint64_t start, uint64_t end, uint32_t also)
{
        unsigned i = 0;
        while (start < end && i < params->e820_entries) {
                const struct boot_e820_entry *entry = &params->e820_table[i++];
                if ((entry->type != E820_RAM && entry->type != also) || start < entry->addr ||
                    entry->addr + entry->size <= start)
                        continue;
                start = entry->addr + entry->size;
                i = 0;
        }
        return start >= end;
}

/*
 * Where a program may go: into RAM, and over what firmware keeps for waking up from sleep (ACPI NVS), because nothing
 * here sleeps. OVMF keeps some at 8 MiB, which would leave a program 7 MiB.
 */
static inline bool is_for_program(const struct boot_params *params, uint64_t start, uint64_t end)
{
        return is_ram(params, start, end, E820_NVS);
}

#endif
