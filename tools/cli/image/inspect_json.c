/* `coracle inspect --json`: the same for programs. */
#include <inttypes.h>
#include <stdio.h>

#include "features.h"
#include "hosts.h"
#include "inspect.h"

/* RFC 8259, section 7. File names may hold any bytes: each beyond ASCII becomes U+FFFD, so that the JSON is valid. */
static void print_string(const char *text)
{
        putchar('"');
        for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
                if (*p == '"' || *p == '\\')
                        printf("\\%c", *p);
                else if (*p < 0x20 || *p > 0x7e)
                        printf("\\u%04x", *p > 0x7e ? 0xfffdu : *p);
                else
                        putchar(*p);
        }
        putchar('"');
}

static void print_field(const char *name, const char *value)
{
        printf("\"%s\": ", name);
        print_string(value);
}

static void print_sizes(const uint64_t *size)
{
        printf("\"code\": %" PRIu64 ", \"constants\": %" PRIu64 ", \"data\": %" PRIu64 ", \"zeroed\": %" PRIu64,
               size[SIZE_CODE], size[SIZE_CONSTANTS], size[SIZE_DATA], size[SIZE_ZEROED]);
}

static void print_segments(const struct inspection *inspection)
{
        const struct image *image = inspection->image;
        bool any = false;
        printf("  \"segments\": [");
        for (unsigned i = 0; i < image->header->e_phnum; i++) {
                const Elf64_Phdr *segment = &image->segments[i];
                if (segment->p_type != PT_LOAD)
                        continue;
                printf("%s\n    {\"address\": %" PRIu64 ", \"physical\": %" PRIu64 ", \"file_bytes\": %" PRIu64
                       ", \"memory_bytes\": %" PRIu64 ", \"read\": %s, \"write\": %s, \"execute\": %s, ",
                       any ? "," : "", segment->p_vaddr, segment->p_paddr, segment->p_filesz, segment->p_memsz,
                       (segment->p_flags & PF_R) != 0 ? "true" : "false",
                       (segment->p_flags & PF_W) != 0 ? "true" : "false",
                       (segment->p_flags & PF_X) != 0 ? "true" : "false");
                print_field("holds", inspect_purpose(inspection, segment));
                putchar('}');
                any = true;
        }
        printf("\n  ],\n");
}

static void print_parts(const struct inspection *inspection)
{
        printf("  \"parts\": [");
        for (size_t i = 0; i < inspection->part_count; i++) {
                printf("%s\n    {", i != 0 ? "," : "");
                print_field("name", inspection->parts[i].name);
                printf(", ");
                print_sizes(inspection->parts[i].size);
                putchar('}');
        }
        printf("\n  ],\n");
}

static void print_reason(const struct record_member *member)
{
        struct text chain = {0};
        if (member->symbol == NULL) {
                printf("\"symbol\": null, \"by\": null, \"why\": null");
                return;
        }
        record_add_chain(member, &chain);
        print_field("symbol", member->symbol);
        printf(", ");
        print_field("by", member->by_name);
        printf(", ");
        print_field("why", chain.bytes);
        text_free(&chain);
}

static void print_features(const struct inspection *inspection, bool drivers)
{
        bool any = false;
        printf("  \"%s\": [", drivers ? "drivers" : "features");
        for (size_t i = 0; i < feature_count; i++) {
                const struct record_member *reason = feature_reason(&features[i], &inspection->record);
                if (features[i].is_driver != drivers || reason == NULL)
                        continue;
                printf("%s\n    {", any ? "," : "");
                print_field("name", features[i].name);
                printf(", ");
                print_reason(reason);
                putchar('}');
                any = true;
        }
        printf("\n  ],\n");
}

/* A device that the program does not use has no field; null: there is no driver for it. */
static void print_hosts(const struct inspection *inspection)
{
        const struct record *record = &inspection->record;
        bool any = false;
        printf("  \"runs_on\": [");
        for (const struct host *host = hosts; inspection->has_record && host < hosts + host_count; host++) {
                if (!host_starts(host, record))
                        continue;
                printf("%s\n    {", any ? "," : "");
                print_field("name", host->name);
                for (enum host_device device = 0; device < HOST_DEVICES; device++) {
                        const char *way = host_device_way(host, device, record);
                        if (!host_device_is_used(device, record))
                                continue;
                        printf(", ");
                        if (way != NULL)
                                print_field(host_device_names[device], way);
                        else
                                printf("\"%s\": null", host_device_names[device]);
                }
                putchar('}');
                any = true;
        }
        printf("\n  ],\n");
}

static void print_members(const struct inspection *inspection)
{
        printf("  \"members\": [");
        for (size_t i = 0; i < inspection->record.count; i++) {
                const struct record_member *member = &inspection->record.members[i];
                char part[RECORD_PART];
                printf("%s\n    {", i != 0 ? "," : "");
                print_field("library", member->library);
                printf(", ");
                print_field("part", record_part(member, part));
                printf(", ");
                print_field("name", member->name);
                printf(", ");
                print_sizes(member->size);
                printf(", ");
                print_reason(member);
                putchar('}');
        }
        printf("\n  ]\n");
}

void inspect_print_json(const struct inspection *inspection)
{
        const struct image *image = inspection->image;
        printf("{\n  ");
        print_field("image", image->path);
        printf(",\n  \"entry\": %" PRIu64 ",\n  \"bytes\": %zu,\n  \"loaded_bytes\": %" PRIu64
               ",\n  \"memory_start\": %" PRIu64 ",\n  \"memory_end\": %" PRIu64
               ",\n  \"has_debug_information\": %s,\n  \"has_link_record\": %s,\n",
               image->entry, image->size, inspection->stripped_bytes, inspection->memory_start, inspection->memory_end,
               inspection->has_debug_information ? "true" : "false", inspection->has_record ? "true" : "false");
        print_segments(inspection);
        print_hosts(inspection);
        print_parts(inspection);
        print_features(inspection, true);
        print_features(inspection, false);
        print_members(inspection);
        printf("}\n");
}
