/*
 * Any start_info, memory map (of start_info or from Xen), module list and command line: the list of free memory is
 * sorted and disjoint and the nucleus would map each range, the image and the page tables are never free, and nothing
 * is read or written out of bounds. The input is physical memory from 0 on; its first 4 bytes are made the magic
 * number, or nothing else would be tried.
 */
#include <stdlib.h>
#include <string.h>

#include <platform/x86_64/memory/memory_list.h>
#include <platform/x86_64/nucleus/nucleus.h>

#define IMAGE      0x100000ull
#define IMAGE_END  0x130000ull
#define E820_BYTES 20u

static const uint8_t *physical_memory;
static size_t physical_bytes;

void physical_read(uint64_t *to, uint64_t physical, size_t words)
{
        for (size_t i = 0; i < words * 8; i++) {
                uint64_t at = physical + i;
                ((uint8_t *)to)[i] = at < physical_bytes ? physical_memory[at] : 0xff;
        }
}

static void check(int holds)
{
        if (!holds)
                abort();
}

/* Xen's answer, when it is asked, is the input too. */
uint32_t xen_memory_map(void *entries, uint32_t room)
{
        const size_t bytes = physical_bytes < room * E820_BYTES ? physical_bytes : room * E820_BYTES;
        memcpy(entries, physical_memory, bytes);
        return (uint32_t)(bytes / E820_BYTES);
}

static void check_claims(const struct gate_boot_info *info)
{
        static struct platform_range list[GATE_RANGES_MAX];
        check(info->range_count <= GATE_RANGES_MAX && info->module_count <= GATE_MODULES_MAX);
        for (unsigned i = 0; i < info->range_count; i++) {
                check((info->ranges[i].start | info->ranges[i].end) % GATE_PAGE_SIZE == 0);
                check(info->ranges[i].start <= info->ranges[i].end && info->ranges[i].end <= GATE_PHYSICAL_MAX);
        }
        uint64_t end = 0;
        for (unsigned i = 0, count = memory_list(info, list, GATE_RANGES_MAX); i < count; i++) {
                check(list[i].physical >= end && list[i].bytes != 0);
                check(boot_info_is_free(info, list[i].physical, list[i].bytes));
                check(!boot_info_is_device(info, list[i].physical, list[i].bytes));
                end = list[i].physical + list[i].bytes;
        }
        check(end <= GATE_PHYSICAL_MAX);
        for (uint64_t page = IMAGE; page < IMAGE_END; page += GATE_PAGE_SIZE)
                check(boot_info_range(info, page).type == GATE_MEMORY_TAKEN);
        check(strlen(info->command_line) < GATE_COMMAND_LINE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct gate_boot_info info;
        uint8_t *copy = malloc(size + 4);
        memcpy(copy + 4, data, size);
        memcpy(copy, &(uint32_t){0x336ec578}, 4);
        physical_memory = copy;
        physical_bytes = size + 4;
        memset(&info, 0, sizeof(info));
        boot_info_read(&info, 0, IMAGE, IMAGE_END);
        check_claims(&info);
        uint64_t bytes = 64 * GATE_PAGE_SIZE, taken = boot_info_take(&info, &bytes);
        check_claims(&info);
        for (uint64_t page = taken; page < taken + bytes; page += GATE_PAGE_SIZE)
                check(!boot_info_is_free(&info, page, GATE_PAGE_SIZE) &&
                      !boot_info_is_device(&info, page, GATE_PAGE_SIZE));
        free(copy);
        return 0;
}
