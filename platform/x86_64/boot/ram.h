/* Questions about the memory map in struct work, for the stub's 32-bit and 64-bit C. */
#ifndef CORACLE_BOOT_RAM_H
#define CORACLE_BOOT_RAM_H

#include <stdbool.h>
#include <stdint.h>

#include "work.h"

/* Whether all of [start, end) is RAM, or `also`. The map need not be sorted; an entry that wraps counts as none. */
static inline bool is_ram(const struct work *work, uint64_t start, uint64_t end, uint32_t also)
{
        unsigned i = 0;
        while (start < end && i < work->start_info.memmap_entries) {
                const struct hvm_memmap_table_entry *entry = &work->map[i++];
                if ((entry->type != XEN_HVM_MEMMAP_TYPE_RAM && entry->type != also) || start < entry->addr ||
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
static inline bool is_for_program(const struct work *work, uint64_t start, uint64_t end)
{
        return is_ram(work, start, end, XEN_HVM_MEMMAP_TYPE_NVS);
}

#endif
