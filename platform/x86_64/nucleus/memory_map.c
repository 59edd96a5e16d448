/*
 * What the hypervisor tells at boot: PVH's start_info (Xen, public/arch-x86/hvm/start_info.h), memory map, command line
 * and modules, into struct gate_boot_info. Pure but for physical_read and xen_memory_map: tests run it on a host.
 *
 * Everything read here is an outsider's: any value may be wrong. Invariant: info->ranges are claims, page-aligned and
 * below GATE_PHYSICAL_MAX. Of two claims to a page the first wins, and they are made in the order taken, module,
 * reserved, free: memory that anybody reserves is never free. Ring 3 makes a sorted, disjoint list of them.
 */
#include <stdint.h>

#include <xen/arch-x86/hvm/start_info.h>

#include "nucleus.h"

#define MAP_ENTRIES_MAX 128u
#define LETTERS         128u /* of the command line, read at a time */
#define WORDS(object)   (sizeof(object) / sizeof(uint64_t))
#define PAGE_MASK       4095ull

/* An e820 entry; start_info's have 4 unused bytes more. */
struct __attribute__((packed)) map_entry {
        uint64_t start, bytes;
        uint32_t type;
};

/*
 * Claims the pages of [start, start + bytes): those that are wholly there when it is free memory, else all it touches.
 * What lies beyond GATE_PHYSICAL_MAX is left out. False when free memory is lost, when it wraps, or without room.
 */
static bool claim(struct gate_boot_info *info, uint64_t start, uint64_t bytes, uint32_t type)
{
        bool is_free = type == GATE_MEMORY_FREE, whole = true;
        uint64_t end = start + bytes;
        if (end < start)
                return false;
        if (end > GATE_PHYSICAL_MAX) {
                end = GATE_PHYSICAL_MAX;
                whole = !is_free;
        }
        start = (is_free ? start + PAGE_MASK : start) & ~PAGE_MASK;
        end = (is_free ? end : end + PAGE_MASK) & ~PAGE_MASK;
        if ((bytes != 0) & (start < end)) {
                if (info->range_count == GATE_RANGES_MAX)
                        return false;
                info->ranges[info->range_count++] = (struct gate_range){start, end, type, 0};
        }
        return whole;
}

static uint32_t range_type(uint32_t type)
{
        return type == XEN_HVM_MEMMAP_TYPE_RAM    ? GATE_MEMORY_FREE
               : type == XEN_HVM_MEMMAP_TYPE_ACPI ? GATE_MEMORY_ACPI
                                                  : GATE_MEMORY_RESERVED;
}

/* Two passes, so that a reservation wins over free memory whatever the order of the map. */
static void read_map(struct gate_boot_info *info, const struct hvm_start_info *start)
{
        static struct hvm_memmap_table_entry map[MAP_ENTRIES_MAX];
        uint32_t entry_bytes = sizeof(map[0]), count = start->version >= 1 ? start->memmap_entries : 0;
        if (count > MAP_ENTRIES_MAX) {
                info->ranges_dropped += count - MAP_ENTRIES_MAX;
                count = MAP_ENTRIES_MAX;
        }
        physical_read((uint64_t *)map, start->memmap_paddr, count * WORDS(map[0]));
        if (count == 0) {
                entry_bytes = sizeof(struct map_entry);
                count = xen_memory_map(map, MAP_ENTRIES_MAX);
        }
        for (unsigned is_free = 0; is_free < 2; is_free++) {
                for (const char *at = (const char *)map, *end = at + count * entry_bytes; at < end; at += entry_bytes) {
                        const struct map_entry *entry = (const void *)at;
                        if ((entry->type == XEN_HVM_MEMMAP_TYPE_RAM) == is_free &&
                            !claim(info, entry->start, entry->bytes, range_type(entry->type)))
                                info->ranges_dropped++;
                }
        }
}

static void read_modules(struct gate_boot_info *info, const struct hvm_start_info *start)
{
        for (uint32_t i = 0; i < start->nr_modules && i < GATE_MODULES_MAX; i++) {
                struct hvm_modlist_entry entry;
                physical_read((uint64_t *)&entry, start->modlist_paddr + i * sizeof(entry), WORDS(entry));
                if (entry.paddr < GATE_PHYSICAL_MAX && entry.size <= GATE_PHYSICAL_MAX - entry.paddr &&
                    claim(info, entry.paddr, entry.size, GATE_MEMORY_MODULE))
                        info->modules[info->module_count++] = (struct gate_module){entry.paddr, entry.size};
        }
}

static void read_command_line(struct gate_boot_info *info, uint64_t physical)
{
        char *line = info->command_line;
        for (unsigned length = 0; physical != 0 && length < GATE_COMMAND_LINE_MAX; length++) {
                if (length % LETTERS == 0)
                        physical_read((uint64_t *)&line[length], physical + length, LETTERS / sizeof(uint64_t));
                if (line[length] == '\0')
                        return;
        }
        info->command_line_cut = physical != 0;
        line[GATE_COMMAND_LINE_MAX - 1] = '\0';
}

/* taken: what the nucleus and the image occupy. Without a sane start_info there is no other memory. */
void boot_info_read(struct gate_boot_info *info, uint64_t start_info, uint64_t taken_start, uint64_t taken_end)
{
        struct hvm_start_info start;
        physical_read((uint64_t *)&start, start_info, WORDS(start));
        claim(info, taken_start, taken_end - taken_start, GATE_MEMORY_TAKEN);
        info->range_count++; /* boot_info_take's */
        if (start.magic != XEN_HVM_START_MAGIC_VALUE)
                return;
        info->rsdp = start.rsdp_paddr;
        read_command_line(info, start.cmdline_paddr);
        read_modules(info, &start);
        read_map(info, &start);
}

/* The pages around an address that the same claim decides on, or none (type 0). */
struct gate_range boot_info_range(const struct gate_boot_info *info, uint64_t physical)
{
        uint64_t first = 0, last = UINT64_MAX;
        for (const struct gate_range *claim = info->ranges; claim < &info->ranges[info->range_count]; claim++) {
                if (physical < claim->start)
                        last = claim->start < last ? claim->start : last;
                else if (physical >= claim->end)
                        first = claim->end > first ? claim->end : first;
                else
                        return (struct gate_range){claim->start > first ? claim->start : first,
                                                   claim->end < last ? claim->end : last, claim->type, 0};
        }
        return (struct gate_range){first, last, 0, 0};
}

bool boot_info_is_free(const struct gate_boot_info *info, uint64_t start, uint64_t bytes)
{
        struct gate_range range = boot_info_range(info, start);
        return (range.type == GATE_MEMORY_FREE) & within(start, bytes, range.start, range.end);
}

/* Not RAM: ring 3 may map it as a device. Firmware's tables and reserved ranges are no RAM in this sense. */
bool boot_info_is_device(const struct gate_boot_info *info, uint64_t start, uint64_t bytes)
{
        for (uint64_t end = start + bytes; start < end;) {
                struct gate_range range = boot_info_range(info, start);
                if (range.type != 0 && range.type != GATE_MEMORY_RESERVED && range.type != GATE_MEMORY_ACPI)
                        return false;
                start = range.end;
        }
        return true;
}

/* Takes up to `bytes`, at most half of it, from the end of the largest free range. Returns its start; 0: none. */
uint64_t boot_info_take(struct gate_boot_info *info, uint64_t *bytes)
{
        struct gate_range range, largest = {0};
        for (unsigned i = info->range_count; i-- > 0;) { /* the largest is the last, as a rule */
                uint64_t at = info->ranges[i].start, end = info->ranges[i].end;
                for (; info->ranges[i].type == GATE_MEMORY_FREE && end - at > largest.end - largest.start && at < end;
                     at = range.end) {
                        range = boot_info_range(info, at);
                        if (range.type == GATE_MEMORY_FREE && range.end - range.start > largest.end - largest.start)
                                largest = range;
                }
        }
        uint64_t half = (largest.end - largest.start) / 2 & ~PAGE_MASK;
        *bytes = *bytes < half ? *bytes : half;
        if (*bytes == 0)
                return 0;
        uint64_t start = largest.end - *bytes;
        info->ranges[1] = (struct gate_range){start, largest.end, GATE_MEMORY_TAKEN, 0};
        return start;
}
