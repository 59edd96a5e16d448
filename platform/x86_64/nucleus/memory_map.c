/*
 * What the hypervisor tells at boot: the PVH start_info, memory map, command line and modules (Xen, public/arch-x86/hvm
 * /start_info.h), into struct gate_boot_info. Pure but for physical_read, so tests and the fuzzer run it on a host.
 *
 * Everything read here is an outsider's: any value may be wrong. Invariant: info->ranges is sorted, disjoint,
 * page-aligned, and below GATE_PHYSICAL_MAX. Of two claims to a page the first wins, and the claims are made in the
 * order taken by the image, module, reserved, free: memory that anybody reserves is never free.
 */
#include "nucleus.h"

#define START_INFO_MAGIC 0x336ec578u
#define MAP_ENTRIES_MAX  128u
#define LETTERS          128u /* of the command line, read at a time */
#define WORDS(object)    (sizeof(object) / sizeof(uint64_t))
#define PAGE_MASK        4095ull

struct start_info {
        uint32_t magic, version, flags, module_count;
        uint64_t modules, command_line, rsdp;
        uint64_t map; /* from version 1 on */
        uint32_t map_entries, reserved;
};

struct map_entry {
        uint64_t start, bytes;
        uint32_t type, reserved; /* as in ACPI 6.4, section 15 */
};

struct module_entry {
        uint64_t start, bytes, command_line, reserved;
};

static bool insert(struct gate_boot_info *info, unsigned at, uint64_t start, uint64_t end, uint32_t type)
{
        struct gate_range *range = &info->ranges[at];
        if (at > 0 && range[-1].type == type && range[-1].start + range[-1].bytes == start) {
                range[-1].bytes += end - start;
                return false;
        }
        if (info->range_count == GATE_RANGES_MAX - (type != GATE_MEMORY_TAKEN)) { /* the last is boot_info_take's */
                info->ranges_dropped++;
                return false;
        }
        for (unsigned i = info->range_count++; i > at; i--)
                info->ranges[i] = info->ranges[i - 1];
        range->start = start;
        range->bytes = end - start;
        range->type = type;
        return true;
}

/* Gives [start, end) the type, where it has none yet. */
static void claim(struct gate_boot_info *info, uint64_t start, uint64_t end, uint32_t type)
{
        unsigned at = info->range_count; /* maps are sorted, as a rule: look from the end */
        while (at > 0 && info->ranges[at - 1].start + info->ranges[at - 1].bytes > start)
                at--;
        while (start < end) {
                while (at < info->range_count && info->ranges[at].start + info->ranges[at].bytes <= start)
                        at++;
                if (at == info->range_count || info->ranges[at].start >= end) {
                        insert(info, at, start, end, type);
                        return;
                }
                if (info->ranges[at].start > start && insert(info, at, start, info->ranges[at].start, type))
                        at++;
                start = info->ranges[at].start + info->ranges[at].bytes;
        }
}

/* Outward to whole pages; what lies beyond GATE_PHYSICAL_MAX is left out. False: nothing is left, or start + bytes
 * wraps. */
static bool claim_bytes(struct gate_boot_info *info, uint64_t start, uint64_t bytes, uint32_t type)
{
        uint64_t end = start + bytes;
        if (bytes == 0)
                return true;
        if (end < start)
                return false;
        if (start >= GATE_PHYSICAL_MAX)
                return type != GATE_MEMORY_FREE;
        bool cut = end > GATE_PHYSICAL_MAX;
        end = cut ? GATE_PHYSICAL_MAX : end;
        if (type == GATE_MEMORY_FREE) {
                start = (start + PAGE_MASK) & ~PAGE_MASK;
                end &= ~PAGE_MASK;
        } else {
                start &= ~PAGE_MASK;
                end = (end + PAGE_MASK) & ~PAGE_MASK;
        }
        claim(info, start, end, type);
        return !cut || type != GATE_MEMORY_FREE;
}

static uint32_t range_type(uint32_t type)
{
        return type == 1 ? GATE_MEMORY_FREE : type == 3 ? GATE_MEMORY_ACPI : GATE_MEMORY_RESERVED;
}

/* Two passes, so that a reservation wins over free memory whatever the order of the map. */
static void read_map(struct gate_boot_info *info, const struct start_info *start)
{
        static struct map_entry map[MAP_ENTRIES_MAX];
        uint32_t count = start->map_entries;
        if (count > MAP_ENTRIES_MAX) {
                info->ranges_dropped += count - MAP_ENTRIES_MAX;
                count = MAP_ENTRIES_MAX;
        }
        physical_read((uint64_t *)map, start->map, count * WORDS(map[0]));
        for (unsigned pass = 0; pass < 2; pass++) {
                for (const struct map_entry *entry = map; entry < &map[count]; entry++) {
                        uint32_t type = range_type(entry->type);
                        if ((type == GATE_MEMORY_FREE) == (pass == 1) &&
                            !claim_bytes(info, entry->start, entry->bytes, type))
                                info->ranges_dropped++;
                }
        }
}

static void read_modules(struct gate_boot_info *info, const struct start_info *start)
{
        for (uint32_t i = 0; i < start->module_count && i < GATE_MODULES_MAX; i++) {
                struct module_entry entry;
                physical_read((uint64_t *)&entry, start->modules + i * sizeof(entry), WORDS(entry));
                if (entry.start >= GATE_PHYSICAL_MAX || entry.bytes > GATE_PHYSICAL_MAX - entry.start ||
                    !claim_bytes(info, entry.start, entry.bytes, GATE_MEMORY_MODULE))
                        continue;
                struct gate_module *module = &info->modules[info->module_count++];
                module->physical = entry.start;
                module->bytes = entry.bytes;
        }
}

static void read_command_line(struct gate_boot_info *info, uint64_t physical)
{
        char *to = info->command_line;
        if (physical == 0)
                return;
        for (size_t length = 0; length < GATE_COMMAND_LINE_MAX; length += LETTERS) {
                uint64_t words[LETTERS / sizeof(uint64_t)];
                physical_read(words, physical + length, LETTERS / sizeof(uint64_t));
                for (unsigned i = 0; i < sizeof(words); i++) {
                        *to = ((const char *)words)[i];
                        if (*to++ == '\0')
                                return;
                }
        }
        to[-1] = '\0';
        info->command_line_cut = 1;
}

/* taken: what the nucleus and the image occupy. Without a sane start_info there is no other memory. */
void boot_info_read(struct gate_boot_info *info, uint64_t start_info, uint64_t taken_start, uint64_t taken_end)
{
        struct start_info start;
        physical_read((uint64_t *)&start, start_info, WORDS(start));
        claim(info, taken_start, taken_end, GATE_MEMORY_TAKEN);
        if (start.magic != START_INFO_MAGIC)
                return;
        info->rsdp = start.rsdp;
        read_command_line(info, start.command_line);
        read_modules(info, &start);
        if (start.version >= 1)
                read_map(info, &start);
}

/* Takes up to `bytes`, at most half of it, from the end of the largest free range. Returns its start; 0: none. */
uint64_t boot_info_take(struct gate_boot_info *info, uint64_t *bytes)
{
        struct gate_range *largest = NULL;
        for (unsigned i = 0; i < info->range_count; i++) {
                struct gate_range *range = &info->ranges[i];
                if (range->type == GATE_MEMORY_FREE && (largest == NULL || range->bytes > largest->bytes))
                        largest = range;
        }
        uint64_t half = largest == NULL ? 0 : largest->bytes / 2 & ~PAGE_MASK;
        if (*bytes > half)
                *bytes = half;
        if (*bytes == 0)
                return 0;
        largest->bytes -= *bytes;
        uint64_t start = largest->start + largest->bytes;
        claim(info, start, start + *bytes, GATE_MEMORY_TAKEN);
        return start;
}

/* The range that holds an address, or NULL. */
const struct gate_range *boot_info_range(const struct gate_boot_info *info, uint64_t physical)
{
        for (unsigned i = 0; i < info->range_count; i++) {
                if (physical - info->ranges[i].start < info->ranges[i].bytes)
                        return &info->ranges[i];
        }
        return NULL;
}

bool boot_info_is_free(const struct gate_boot_info *info, uint64_t start, uint64_t bytes)
{
        const struct gate_range *range = boot_info_range(info, start);
        return range != NULL && range->type == GATE_MEMORY_FREE &&
               within(start, bytes, range->start, range->start + range->bytes);
}

/* Not RAM: ring 3 may map it as a device. Firmware's tables and reserved ranges are no RAM in this sense. */
bool boot_info_is_device(const struct gate_boot_info *info, uint64_t start, uint64_t bytes)
{
        for (unsigned i = 0; i < info->range_count; i++) {
                const struct gate_range *range = &info->ranges[i];
                bool overlaps = start < range->start + range->bytes && range->start < start + bytes;
                if (overlaps && range->type != GATE_MEMORY_RESERVED && range->type != GATE_MEMORY_ACPI)
                        return false;
        }
        return true;
}
