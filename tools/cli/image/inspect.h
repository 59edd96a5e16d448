/* What `coracle inspect` found out, and its two ways of showing it. */
#ifndef CLI_IMAGE_INSPECT_H
#define CLI_IMAGE_INSPECT_H

#include <stdbool.h>
#include <stdint.h>

#include "elf.h"
#include "record.h"

struct part {
        char name[RECORD_PART]; /* "libos/net", "libc", ... */
        uint64_t size[SIZE_KINDS];
};

#define PARTS_MAX 64

struct inspection {
        const struct image *image;
        bool has_record;
        struct record record;
        struct part parts[PARTS_MAX];
        size_t part_count;
        uint64_t stripped_bytes; /* what the file would have without symbols and debug information, about */
        uint64_t memory_start, memory_end;
        bool has_debug_information;
};

/* Shown as "code", "read-only data", ...: what the first section in the segment is for. */
const char *inspect_purpose(const struct inspection *inspection, const Elf64_Phdr *segment);

void inspect_print_text(const struct inspection *inspection, bool all_members);
void inspect_print_json(const struct inspection *inspection);

/* Prints why each member whose name or symbol contains `what` was linked. False: there is none. */
bool inspect_print_why(const struct inspection *inspection, const char *what);

#endif
