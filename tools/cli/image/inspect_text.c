/* `coracle inspect` for people. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "features.h"
#include "hosts.h"
#include "inspect.h"

static const char *rights(const Elf64_Phdr *segment)
{
        static char text[4];
        text[0] = (segment->p_flags & PF_R) != 0 ? 'r' : '-';
        text[1] = (segment->p_flags & PF_W) != 0 ? 'w' : '-';
        text[2] = (segment->p_flags & PF_X) != 0 ? 'x' : '-';
        return text;
}

static void print_segments(const struct inspection *inspection)
{
        const struct image *image = inspection->image;
        printf("\nsegments\n  %-10s %10s %10s  rights  holds\n", "address", "in file", "in memory");
        for (unsigned i = 0; i < image->header->e_phnum; i++) {
                const Elf64_Phdr *segment = &image->segments[i];
                if (segment->p_type == PT_LOAD && segment->p_memsz != 0)
                        printf("  %#-10" PRIx64 " %10" PRIu64 " %10" PRIu64 "  %-6s  %s\n", segment->p_vaddr,
                               segment->p_filesz, segment->p_memsz, rights(segment),
                               inspect_purpose(inspection, segment));
        }
}

static uint64_t in_file(const uint64_t *size)
{
        return size[SIZE_CODE] + size[SIZE_CONSTANTS] + size[SIZE_DATA];
}

static int larger_first(const void *left, const void *right)
{
        const uint64_t a = in_file(((const struct part *)left)->size), b = in_file(((const struct part *)right)->size);
        return a < b ? 1 : a > b ? -1 : 0;
}

static void print_sizes(const char *name, const uint64_t *size)
{
        printf("  %-20s", name);
        for (size_t kind = 0; kind < SIZE_KINDS; kind++)
                printf(" %9" PRIu64, size[kind]);
        printf(" %9" PRIu64 "\n", in_file(size));
}

static void print_parts(const struct inspection *inspection)
{
        struct part sorted[PARTS_MAX], sum = {0};
        memcpy(sorted, inspection->parts, sizeof(sorted));
        qsort(sorted, inspection->part_count, sizeof(sorted[0]), larger_first);
        printf("\nsizes                      code constants      data    zeroed   in file\n");
        for (size_t i = 0; i < inspection->part_count; i++) {
                print_sizes(sorted[i].name, sorted[i].size);
                for (size_t kind = 0; kind < SIZE_KINDS; kind++)
                        sum.size[kind] += sorted[i].size[kind];
        }
        print_sizes("sum", sum.size);
}

static void print_features(const struct inspection *inspection, bool drivers)
{
        printf("\n%s\n", drivers ? "drivers" : "features");
        for (size_t i = 0; i < feature_count; i++) {
                const struct record_member *reason = feature_reason(&features[i], &inspection->record);
                if (features[i].is_driver != drivers || reason == NULL)
                        continue;
                struct text why = {0};
                if (reason->symbol != NULL)
                        record_add_chain(reason, &why);
                else
                        text_add(&why, "a file of the program");
                printf("  %-20s %s\n", features[i].name, why.bytes);
                text_free(&why);
        }
}

static void print_hosts(const struct inspection *inspection)
{
        const struct record *record = &inspection->record;
        printf("\nruns on              %-26s %-24s %s\n", host_device_names[HOST_CONSOLE],
               host_device_names[HOST_NETWORK], host_device_names[HOST_DISK]);
        for (const struct host *host = hosts; host < hosts + host_count; host++) {
                if (!host_starts(host, record))
                        continue;
                const char *ways[HOST_DEVICES];
                for (enum host_device device = 0; device < HOST_DEVICES; device++) {
                        const char *way = host_device_way(host, device, record);
                        ways[device] = !host_device_is_used(device, record) ? "-" : way != NULL ? way : "no driver";
                }
                printf("  %-18s %-26s %-24s %s\n", host->name, ways[HOST_CONSOLE], ways[HOST_NETWORK], ways[HOST_DISK]);
        }
}

static void print_members(const struct inspection *inspection)
{
        printf("\nobject files               code constants      data    zeroed   in file\n");
        for (size_t i = 0; i < inspection->record.count; i++) {
                const struct record_member *member = &inspection->record.members[i];
                char part[RECORD_PART];
                struct text name = {0}, why = {0};
                text_add(&name, "%s/", record_part(member, part));
                record_add_name(member, &name);
                print_sizes(name.bytes, member->size);
                if (member->symbol != NULL) {
                        record_add_chain(member, &why);
                        printf("      %s\n", why.bytes);
                }
                text_free(&name);
                text_free(&why);
        }
}

void inspect_print_text(const struct inspection *inspection, bool all_members)
{
        const struct image *image = inspection->image;
        printf("%s: Coracle image for x86_64, PVH entry %#" PRIx64 "\n", image->path, image->entry);
        printf("%zu bytes, %" PRIu64 " of them loaded; memory from %#" PRIx64 " to %#" PRIx64 "; %s\n", image->size,
               inspection->stripped_bytes, inspection->memory_start, inspection->memory_end,
               inspection->has_debug_information ? "with debug information" : "without debug information");
        print_segments(inspection);
        if (!inspection->has_record) {
                printf("\nno record of linked files: the image was stripped, or not linked by coracle-cc\n");
                return;
        }
        print_hosts(inspection);
        print_parts(inspection);
        print_features(inspection, true);
        print_features(inspection, false);
        if (all_members)
                print_members(inspection);
}

bool inspect_print_why(const struct inspection *inspection, const char *what)
{
        bool any = false;
        for (size_t i = 0; i < inspection->record.count; i++) {
                const struct record_member *member = &inspection->record.members[i];
                if (strstr(member->name, what) == NULL &&
                    (member->symbol == NULL || strstr(member->symbol, what) == NULL))
                        continue;
                char part[RECORD_PART];
                struct text line = {0};
                text_add(&line, "%s/", record_part(member, part));
                record_add_name(member, &line);
                text_add(&line, ": ");
                if (member->symbol != NULL)
                        record_add_chain(member, &line);
                else
                        text_add(&line, "a file of the program");
                puts(line.bytes);
                text_free(&line);
                any = true;
        }
        return any;
}
