/*
 * Fuzzes what the coracle command reads from an image: headers, notes, section names, the record of linked files, and
 * the segments that it puts behind the boot stub. The first byte chooses: a whole image, or the text of a record.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/cli/image/elf.h"
#include "tools/cli/image/features.h"
#include "tools/cli/image/record.h"
#include "tools/cli/make_image/kernel.h"
#include "tools/cli/make_image/stubs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void read_record(const void *text, size_t size)
{
        struct record record;
        if (!record_parse(&record, text, size))
                return;
        struct text why = {0};
        for (size_t i = 0; i < record.count; i++) {
                char part[RECORD_PART];
                if (strlen(record_part(&record.members[i], part)) > size)
                        abort();
                record_add_name(&record.members[i], &why);
                record_add_chain(&record.members[i], &why);
        }
        for (size_t i = 0; i < feature_count; i++)
                (void)feature_reason(&features[i], &record);
        text_free(&why);
        record_free(&record);
}

/* In place of the boot stub: its first page, and one with a description that says that there is one more. */
#define STUB_BYTES 0x3000
const unsigned char stub_start[STUB_BYTES] = {[0x1100 + 9] = 0x20};
__asm__(".globl stub_end\n.set stub_end, stub_start + 0x3000");

static void make_kernel(const struct image *image)
{
        struct text kernel = {0};
        char error[IMAGE_ERROR] = "";
        if (kernel_make(&kernel, image, "A=b", error) ? kernel.length % 4096 != 0 : strlen(error) == 0)
                abort();
        text_free(&kernel);
}

static void read_image(const uint8_t *data, size_t bytes)
{
        static int file = -1;
        char error[IMAGE_ERROR] = "";
        struct image image;
        if (file < 0)
                file = memfd_create("image", 0);
        if (ftruncate(file, 0) != 0 || pwrite(file, data, bytes, 0) != (ssize_t)bytes)
                abort();
        char path[64];
        snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
        if (!image_open(&image, path, error)) {
                if (strlen(error) == 0) /* a refusal has a reason */
                        abort();
                return;
        }
        unsigned sum = 0;
        for (unsigned i = 0; i < image.header->e_phnum; i++) {
                const Elf64_Phdr *segment = &image.segments[i];
                if (segment->p_type == PT_LOAD && segment->p_filesz != 0)
                        sum += image.bytes[segment->p_offset + segment->p_filesz - 1];
        }
        const char *name;
        for (size_t n = 0; image_section_header(&image, n, &name) != NULL; n++)
                sum += (unsigned)strlen(name);
        size_t size;
        const void *record = image_section(&image, ".debug_coracle", &size);
        if (record != NULL)
                read_record(record, size);
        if (sum == UINT32_MAX)
                abort(); /* so that the reads are not optimised away */
        make_kernel(&image);
        image_close(&image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
        if (bytes == 0)
                return 0;
        if (data[0] == 'r')
                read_record(data + 1, bytes - 1);
        else
                read_image(data + 1, bytes - 1);
        return 0;
}
