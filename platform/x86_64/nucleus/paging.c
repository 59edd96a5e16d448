/*
 * Page tables: the nucleus's own, the image's, the direct map (on first touch) and the mapping area (by the gate).
 *
 * Invariants:
 * - No page is both writable and executable, and nothing but the image's text is executable in ring 3.
 * - Slot 0 of the top level is the nucleus's, supervisor only; page 0 is never mapped.
 * - A page-table page is either one of `early` (in the nucleus, so zero when the loader is done) or comes from the
 *   pool, taken out of the memory map at boot and not touched before it is used.
 * - Pool page n is at POOL_WINDOW + n pages. The first page of each 512 is the table that maps them, itself included.
 */
#include "cpu.h"
#include "nucleus.h"

#define PRESENT  0x001ull
#define WRITE    0x002ull
#define USER     0x004ull
#define UNCACHED 0x018ull
#define LARGE    0x080ull
#define ADDRESS  0x000ffffffffff000ull
#define KEEP_ALL (~0ull)

#define PAGE        4096ull
#define PAGE_2M     0x200000ull
#define PAGE_1G     0x40000000ull
#define ENTRIES     512u
#define POOL_WINDOW PAGE_2M /* up to 1 GiB, the span of page_directory */
#define POOL_MAX    (511ull * ENTRIES)
#define FAULT_AHEAD (16 * PAGE)
#define EARLY       12u
#define AT_LEAST    4u /* pages of the pool in the smallest machine */

static uint64_t early[EARLY][ENTRIES] __attribute__((aligned(4096)));
static unsigned early_used;
static struct {
        uint64_t physical, pages, next;
        uint64_t free; /* physical address of the first freed page, whose first word is the next; 0 ends the list */
        uint64_t free_count;
        uint64_t reserve; /* pages that GATE_MAP may not take, so that the direct map can always grow */
} pool;

static uint64_t *table_at(uint64_t entry)
{
        uint64_t physical = entry & ADDRESS;
        if (physical - pool.physical < pool.pages * PAGE)
                physical += POOL_WINDOW - pool.physical;
        return (uint64_t *)physical;
}

static uint64_t *clear(uint64_t *table)
{
        uint64_t *to = table, count = ENTRIES;
        __asm__ volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(0) : "memory");
        return table;
}

void *window(enum window slot, uint64_t physical, bool device)
{
        uint64_t entry = (physical & ADDRESS) | PRESENT | WRITE | cpu.no_execute | (device ? UNCACHED : 0);
        uint64_t page = (uint64_t)slot * PAGE;
        if (page_table[slot] != entry) {
                page_table[slot] = entry;
                invlpg(page);
        }
        return (void *)(page + (physical & (PAGE - 1)));
}

/*
 * Physical memory at any address, for what the hypervisor left there at boot: `words` of 8 bytes, one page at most.
 * Two windows side by side hold it. Beyond the CPU's address width there is nothing: it reads as zero.
 */
void physical_read(uint64_t *to, uint64_t physical, size_t words)
{
        if (physical > cpu.physical_limit - 2 * PAGE) {
                __asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(0) : "memory");
                return;
        }
        const void *from = window(WINDOW_PEEK, physical, false);
        window(WINDOW_PEEK_NEXT, physical + PAGE, false);
        __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
}

/* Free RAM is writable in the direct map, modules are read-only, nothing else is there. */
static uint64_t direct_map_flags(uint32_t type)
{
        if (type != GATE_MEMORY_FREE && type != GATE_MEMORY_MODULE)
                return 0;
        return PRESENT | USER | cpu.no_execute | (type == GATE_MEMORY_FREE ? WRITE : 0);
}

/*
 * Page tables come out of the end of the largest free range: one for each 2 MiB that 4 KiB pages of the mapping area
 * can cover, plus what the direct map needs, which GATE_MAP may not take: one per end of a claim, per GiB, and above.
 */
void paging_make_pool(void)
{
        uint64_t free_bytes = 0, top = 0, reserve = AT_LEAST + 2 * boot_info.range_count;
        for (unsigned i = 0; i < boot_info.range_count; i++) {
                const struct gate_range *range = &boot_info.ranges[i];
                if (range->type != GATE_MEMORY_FREE && range->type != GATE_MEMORY_MODULE)
                        continue;
                free_bytes += range->end - range->start;
                top = range->end > top ? range->end : top;
        }
        reserve += top / PAGE_1G;
        uint64_t bytes = (free_bytes / PAGE_2M + reserve + AT_LEAST) * PAGE;
        pool.physical = boot_info_take(&boot_info, &bytes);
        pool.pages = bytes / PAGE < POOL_MAX ? bytes / PAGE : POOL_MAX;
        pool.reserve = reserve;
        boot_info.direct_map_bytes = top;
}

/* A zeroed page-table page, or 0. */
static uint64_t table_take(void)
{
        uint64_t physical = pool.free;
        if (early_used < EARLY)
                return (uint64_t)early[early_used++];
        if (physical != 0) {
                pool.free = *table_at(physical);
                pool.free_count--;
                clear(table_at(physical));
                return physical;
        }
        if (pool.next + 1 >= pool.pages)
                return 0;
        physical = pool.physical + pool.next * PAGE;
        if (pool.next % ENTRIES == 0) {
                uint64_t *map = clear(window(WINDOW_TABLE, physical, false));
                page_directory[POOL_WINDOW / PAGE_2M + pool.next / ENTRIES] = physical | PRESENT | WRITE;
                map[0] = physical | PRESENT | WRITE | cpu.no_execute;
                pool.next++;
                physical += PAGE;
        }
        uint64_t *map = (uint64_t *)(POOL_WINDOW + (pool.next & ~(uint64_t)(ENTRIES - 1)) * PAGE);
        map[pool.next++ % ENTRIES] = physical | PRESENT | WRITE | cpu.no_execute;
        clear(table_at(physical));
        return physical;
}

static void table_give_back(uint64_t entry)
{
        uint64_t physical = entry & ADDRESS;
        *table_at(physical) = pool.free;
        pool.free = physical;
        pool.free_count++;
}

static bool tables_left_for_map(void)
{
        return early_used < EARLY || pool.pages - pool.next + pool.free_count > pool.reserve;
}

static unsigned slot(uint64_t address, unsigned level)
{
        return (unsigned)(address >> (12 + 9 * level)) % ENTRIES;
}

/* The next table down from an entry, made if need be and `make`. NULL: there is none, or a large page is there. */
static uint64_t *table_under(uint64_t *entry, bool make)
{
        if (!(*entry & PRESENT)) {
                uint64_t made = make ? table_take() : 0;
                if (made == 0)
                        return NULL;
                *entry = made | PRESENT | WRITE | USER;
        }
        return *entry & LARGE ? NULL : table_at(*entry);
}

/* The entry of a GiB in the third level, or NULL. */
static uint64_t *gigabyte_entry(uint64_t address, bool make)
{
        uint64_t *table = table_under(&page_map[slot(address, 3)], make);
        return table == NULL ? NULL : &table[slot(address, 2)];
}

/* The entry of 2 MiB in a page directory, or NULL. Directories are never given back: the last one found stays good. */
static uint64_t *directory_entry(uint64_t address, bool make)
{
        static uint64_t last_gigabyte, *last; /* 0 is the nucleus's, which is never asked for */
        if (last_gigabyte != address / PAGE_1G) {
                uint64_t *entry = gigabyte_entry(address, make);
                uint64_t *found = entry == NULL ? NULL : table_under(entry, make);
                if (found == NULL)
                        return NULL;
                last = found;
                last_gigabyte = address / PAGE_1G;
        }
        return &last[slot(address, 1)];
}

/* The end of the part of [address, end) that one entry of a page directory spans. */
static uint64_t part_end(uint64_t address, uint64_t end)
{
        uint64_t next = (address | (PAGE_2M - 1)) + 1;
        return next < end ? next : end;
}

/* Consecutive entries for consecutive pages. */
static void fill(uint64_t *entry, uint64_t first, uint64_t count)
{
        for (; count > 0; count--, first += PAGE)
                *entry++ = first;
}

/* Maps [address, end), whose entries are empty, to consecutive memory; with what tables GATE_MAP may take if `by_gate`.
 */
static bool map_pages(uint64_t address, uint64_t physical, uint64_t end, uint64_t flags, bool by_gate)
{
        for (uint64_t next; address < end; physical += next - address, address = next) {
                uint64_t *directory = by_gate && !tables_left_for_map() ? NULL : directory_entry(address, true), *table;
                next = part_end(address, end);
                if (directory == NULL)
                        return false;
                if (*directory == 0 && next - address == PAGE_2M && physical % PAGE_2M == 0) {
                        *directory = physical | flags | LARGE;
                        continue;
                }
                table = table_under(directory, true);
                if (table == NULL)
                        return false;
                fill(&table[slot(address, 0)], physical | flags, (next - address + PAGE - 1) / PAGE);
        }
        return true;
}

/* ---- The nucleus and the image ---- */

static void own_pages(const char *start, const char *end, uint64_t flags)
{
        fill(&page_table[(uint64_t)start / PAGE], (uint64_t)start | PRESENT | flags, (uint64_t)(end - start) / PAGE);
}

/* Replaces the 2 MiB page that boot ran on by pages with the least permissions each. */
void paging_protect_nucleus(void)
{
        own_pages(nucleus_start, nucleus_text_end, 0);
        own_pages(nucleus_text_end, nucleus_rodata_end, cpu.no_execute);
        own_pages(nucleus_rodata_end, nucleus_end, WRITE | cpu.no_execute);
        page_table[(uint64_t)stack_guard / PAGE] = 0;
        page_directory[0] = (uint64_t)page_table | PRESENT | WRITE;
        write_cr3((uint64_t)page_map);
}

static bool map_image_part(uint64_t bias, const void *start, const void *end, uint64_t flags)
{
        return map_pages(bias + (uint64_t)start, (uint64_t)start, bias + (uint64_t)end, flags | PRESENT | USER, false);
}

/* What ring 3 shares with the nucleus, and the image: between the parts there are guard pages, left out. */
bool paging_map_image(uint64_t bias)
{
        uint64_t read = cpu.no_execute, write = cpu.no_execute | WRITE;
        return map_image_part(bias, &cpu_page, &cpu_page + 1, write) &
               map_image_part(bias, &shared_page, nucleus_end, read) &
               map_image_part(bias, image_text, image_rodata, 0) &
               map_image_part(bias, image_rodata, image_relro, read) &
               map_image_part(bias, image_relro, image_data_end, write) &
               map_image_part(bias, image_boot_stack, image_end, write);
}

/* ---- The direct map ---- */

/* Maps the largest naturally aligned page or group of pages around `physical` that lies within the range. */
static bool direct_map(uint64_t physical, const struct gate_range *range, uint64_t flags)
{
        uint64_t base = boot_info.direct_map, size = FAULT_AHEAD;
        if (cpu.gigabyte_pages && within(physical & ~(PAGE_1G - 1), PAGE_1G, range->start, range->end)) {
                uint64_t *entry = gigabyte_entry(base + physical, true);
                if (entry != NULL && *entry == 0)
                        *entry = (physical & ~(PAGE_1G - 1)) | flags | LARGE;
                return entry != NULL;
        }
        if (within(physical & ~(PAGE_2M - 1), PAGE_2M, range->start, range->end))
                size = PAGE_2M;
        uint64_t first = physical & ~(size - 1), last = first + size;
        first = first < range->start ? range->start : first;
        last = last > range->end ? range->end : last;
        return map_pages(base + first, first, base + last, flags, false);
}

/* A ring-3 access to a page that is not present. True when it is now. */
bool paging_resolve(uint64_t address, bool write)
{
        static struct gate_range range; /* claims do not change: the last one stays good */
        uint64_t physical = address - boot_info.direct_map;
        if (physical < range.start || physical >= range.end)
                range = boot_info_range(&boot_info, physical);
        uint64_t flags = direct_map_flags(range.type);
        return flags != 0 && (flags & WRITE || !write) && direct_map(physical, &range, flags);
}

/* The entry that maps an address of ring 3, or 0. */
static uint64_t leaf(uint64_t address)
{
        uint64_t *entry = gigabyte_entry(address, false);
        for (unsigned level = 2; entry != NULL; entry = &table_at(*entry)[slot(address, --level)]) {
                if (!(*entry & PRESENT))
                        return 0;
                if (level == 0 || *entry & LARGE)
                        return *entry;
        }
        return 0;
}

unsigned paging_query(uint64_t address)
{
        if (address >> 47 != 0)
                return 0;
        uint64_t flags = leaf(address), physical = address - boot_info.direct_map;
        if (flags == 0)
                flags = direct_map_flags(boot_info_range(&boot_info, physical).type);
        if (!(flags & USER))
                return 0;
        return GATE_CAN_READ | (flags & WRITE ? GATE_CAN_WRITE : 0) | (flags & cpu.no_execute ? 0 : GATE_CAN_EXECUTE);
}

/* ---- The mapping area ---- */

/* Page-aligned, not empty, inside the mapping area. */
static bool in_map_area(uint64_t address, uint64_t bytes)
{
        return (bytes != 0) & ((address | bytes) % PAGE == 0) &
               within(address, bytes, boot_info.map_area, boot_info.map_area + boot_info.map_area_bytes);
}

static void flush(uint64_t address, uint64_t end)
{
        if (end - address > 32 * PAGE) {
                write_cr3(read_cr3());
                return;
        }
        for (; address < end; address += PAGE)
                invlpg(address);
}

/* Makes 512 pages of a 2 MiB page, with the same permissions. */
static bool split(uint64_t *directory)
{
        uint64_t made = tables_left_for_map() ? table_take() : 0;
        if (made == 0)
                return false;
        fill(table_at(made), *directory & ~LARGE, ENTRIES);
        *directory = made | PRESENT | WRITE | USER;
        return true;
}

/*
 * Every mapped page's entry becomes (entry & keep) | set; large pages that are not wholly in the range are split.
 * Returns how many there are, or -ENOMEM. With KEEP_ALL and 0, it only counts.
 */
static int64_t change(uint64_t address, uint64_t bytes, uint64_t keep, uint64_t set)
{
        uint64_t start = address, end = address + bytes, count = 0;
        for (uint64_t next; address < end; address = next) {
                next = part_end(address, end);
                uint64_t *directory = directory_entry(address, false), old;
                bool whole = next - address == PAGE_2M;
                if (directory == NULL || !(*directory & PRESENT))
                        continue;
                if (*directory & LARGE && !whole && keep != KEEP_ALL && !split(directory))
                        return -ENOMEM;
                old = *directory;
                if (old & LARGE) {
                        *directory = (old & keep) | set;
                        count += (next - address) / PAGE;
                } else if (whole && keep == 0) {
                        *directory = 0;
                        table_give_back(old);
                } else {
                        uint64_t *entry = table_at(old) + slot(address, 0);
                        for (uint64_t page = address; page < next; page += PAGE, entry++) {
                                count += *entry & PRESENT;
                                *entry = *entry & PRESENT ? (*entry & keep) | set : 0;
                        }
                }
        }
        if (keep != KEEP_ALL)
                flush(start, end);
        return (int64_t)count;
}

/* Relocation is done: what it wrote becomes read-only, once. */
int64_t paging_seal(void)
{
        static bool sealed;
        bool again = sealed;
        sealed = true;
        return again ? -EPERM : change((uint64_t)ring3(image_relro), (uint64_t)(image_data - image_relro), ~WRITE, 0);
}

int64_t paging_unmap(uint64_t address, uint64_t bytes)
{
        if (!in_map_area(address, bytes))
                return -EINVAL;
        return change(address, bytes, 0, 0) < 0 ? -ENOMEM : 0;
}

int64_t paging_protect(uint64_t address, uint64_t bytes, uint64_t flags)
{
        if (!in_map_area(address, bytes) || flags > GATE_MAP_WRITE ||
            change(address, bytes, KEEP_ALL, 0) != (int64_t)(bytes / PAGE))
                return -EINVAL;
        return change(address, bytes, ~WRITE, flags & GATE_MAP_WRITE ? WRITE : 0) < 0 ? -ENOMEM : 0;
}

/* The caller has checked what may be mapped. */
int64_t paging_map(uint64_t address, uint64_t physical, uint64_t bytes, uint64_t flags)
{
        bool uncached = flags & GATE_MAP_DEVICE && boot_info.hypervisor != GATE_HV_XEN;
        uint64_t bits =
                PRESENT | USER | cpu.no_execute | (flags & GATE_MAP_WRITE ? WRITE : 0) | (uncached ? UNCACHED : 0);
        if (!in_map_area(address, bytes))
                return -EINVAL;
        if (change(address, bytes, KEEP_ALL, 0) != 0)
                return -EEXIST;
        if (map_pages(address, physical, address + bytes, bits, true))
                return 0;
        paging_unmap(address, bytes);
        return -ENOMEM;
}
