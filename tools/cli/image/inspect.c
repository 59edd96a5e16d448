/* coracle inspect: what is in an image, and why. */
#include "inspect.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "../commands.h"
#include "../message.h"

static const char usage[] =
        "usage: coracle inspect IMAGE [--members] [--why NAME] [--json]\n"
        "\n"
        "Shows the image's entry and segments with their rights, how large each part is, and which drivers and\n"
        "features are linked, each with the name that pulled it in, back to a file of the program.\n"
        "\n"
        "      --members   list every object file\n"
        "      --why NAME  only why the object files and symbols whose names contain NAME are there\n"
        "      --json      everything as one JSON object\n";

static struct part *find_part(struct inspection *inspection, const char *name)
{
        for (size_t i = 0; i < inspection->part_count; i++) {
                if (strcmp(inspection->parts[i].name, name) == 0)
                        return &inspection->parts[i];
        }
        if (inspection->part_count == PARTS_MAX)
                return &inspection->parts[PARTS_MAX - 1];
        struct part *part = &inspection->parts[inspection->part_count++];
        snprintf(part->name, sizeof(part->name), "%s", name);
        return part;
}

static void sum_parts(struct inspection *inspection)
{
        for (size_t i = 0; i < inspection->record.count; i++) {
                const struct record_member *member = &inspection->record.members[i];
                char name[RECORD_PART];
                struct part *part = find_part(inspection, record_part(member, name));
                for (size_t kind = 0; kind < SIZE_KINDS; kind++)
                        part->size[kind] += member->size[kind];
        }
}

static void measure(struct inspection *inspection)
{
        const struct image *image = inspection->image;
        inspection->memory_start = UINT64_MAX;
        for (unsigned i = 0; i < image->header->e_phnum; i++) {
                const Elf64_Phdr *segment = &image->segments[i];
                if (segment->p_type != PT_LOAD)
                        continue;
                if (segment->p_paddr < inspection->memory_start)
                        inspection->memory_start = segment->p_paddr;
                if (segment->p_paddr + segment->p_memsz > inspection->memory_end)
                        inspection->memory_end = segment->p_paddr + segment->p_memsz;
                if (segment->p_filesz != 0 && segment->p_offset + segment->p_filesz > inspection->stripped_bytes)
                        inspection->stripped_bytes = segment->p_offset + segment->p_filesz;
        }
        size_t size;
        inspection->has_debug_information = image_section(image, ".debug_info", &size) != NULL;
        const void *record = image_section(image, ".debug_coracle", &size);
        inspection->has_record = record != NULL && record_parse(&inspection->record, record, size);
        if (record != NULL && !inspection->has_record)
                complain("%s: its record of linked files is damaged", image->path);
        sum_parts(inspection);
}

const char *inspect_purpose(const struct inspection *inspection, const Elf64_Phdr *segment)
{
        static const struct {
                const char *section, *purpose;
        } known[] = {{".nucleus.text", "nucleus: code"},
                     {".nucleus.rodata", "nucleus: constants"},
                     {".nucleus.data", "nucleus: data"},
                     {".nucleus.bss", "nucleus: zeroed data"},
                     {".text", "code"},
                     {".rodata", "constants"},
                     {".tdata", "data, read-only after start"},
                     {".data.rel.ro", "data, read-only after start"},
                     {".data", "data"},
                     {".bss", "zeroed data"}};
        const Elf64_Shdr *section;
        const char *name;
        for (size_t n = 0; (section = image_section_header(inspection->image, n, &name)) != NULL; n++) {
                if ((section->sh_flags & SHF_ALLOC) == 0 || section->sh_addr < segment->p_vaddr ||
                    section->sh_addr >= segment->p_vaddr + segment->p_memsz)
                        continue;
                for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
                        if (strcmp(name, known[i].section) == 0)
                                return known[i].purpose;
                }
        }
        return "";
}

int command_inspect(int argc, char *argv[])
{
        static const struct option options[] = {{"members", no_argument, NULL, 'm'},
                                                {"why", required_argument, NULL, 'w'},
                                                {"json", no_argument, NULL, 'j'},
                                                {"help", no_argument, NULL, 'h'},
                                                {NULL, 0, NULL, 0}};
        const char *why = NULL;
        bool members = false, json = false;
        int option;
        opterr = 0;
        while ((option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
                switch (option) {
                case 'm':
                        members = true;
                        break;
                case 'w':
                        why = optarg;
                        break;
                case 'j':
                        json = true;
                        break;
                case 'h':
                        fputs(usage, stdout);
                        return 0;
                case ':':
                        refuse("%s needs a value; see `coracle inspect --help`", argv[optind - 1]);
                default:
                        refuse("unknown option %s; see `coracle inspect --help`", argv[optind - 1]);
                }
        }
        if (optind + 1 != argc)
                refuse("which image? usage: coracle inspect IMAGE [--members] [--why NAME] [--json]");

        struct image image;
        char error[IMAGE_ERROR];
        static struct inspection inspection;
        if (!image_open(&image, argv[optind], error))
                refuse("%s", error);
        inspection.image = &image;
        measure(&inspection);
        if (why != NULL && !inspection.has_record)
                refuse("%s has no record of linked files; it was stripped, or not linked by coracle-cc", image.path);
        if (why != NULL && !inspect_print_why(&inspection, why))
                refuse("no object file or symbol named like `%s` was linked into %s", why, image.path);
        if (why == NULL && json)
                inspect_print_json(&inspection);
        else if (why == NULL)
                inspect_print_text(&inspection, members);
        record_free(&inspection.record);
        image_close(&image);
        return fflush(stdout) == 0 ? 0 : 1;
}
