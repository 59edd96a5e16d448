/*
 * Fills in what the boot stub leaves open; see kernel.h. Offsets in the first page are those of the Linux boot protocol
 * (Documentation/arch/x86/boot.rst, "the real-mode kernel header") and of the PE/COFF headers that header.S lays out.
 */
#include "kernel.h"

#include <stdio.h>
#include <string.h>

#include "../files/bytes.h"
#include "stubs.h"
#include "platform/x86_64/boot/stub.h"

#define PAGE 4096u

/* What EDK II's FAT driver, in most UEFI firmware, reads at once; a rest takes it another read. */
#define FILE_UNIT 8192u

/* Offsets of fields in the first page. */
enum {
        PE_CODE_BYTES = 0x5c,
        PE_DATA_BYTES = 0x60,
        PE_IMAGE_BYTES = 0x90,
        PE_RELOCATIONS = 0xf0,
        PE_SECTIONS = 0xf8,
        SETUP_SYSTEM_PARAGRAPHS = 0x1f4,
        SETUP_PAYLOAD_OFFSET = 0x248,
        SETUP_PAYLOAD_BYTES = 0x24c,
        SETUP_PREFERRED_ADDRESS = 0x258,
        SETUP_MEMORY_BYTES = 0x260,
};

enum { TEXT, WORK, RELOCATIONS };

/* A section header: 40 bytes. */
enum { SECTION_BYTES = 40, SECTION_VIRTUAL_BYTES = 8, SECTION_ADDRESS = 12, SECTION_RAW_BYTES = 16, SECTION_RAW = 20 };

/* Where programs are linked, and how much memory behind their segments is theirs (linker/image.ld: the boot stack). */
#define LOAD_START 0x100000u
#define LOAD_END   0x80000000u
#define STACK_ROOM 0x4000u

static void put32(struct text *file, size_t offset, uint64_t value)
{
        put(file->bytes + offset, 4, value);
}

/* Fills in the ELF's extent in the file and in memory. The stub relies on what is checked here. */
static bool measure(const struct image *image, struct stub_description *program, char *error)
{
        uint64_t bytes = image->header->e_phoff + (uint64_t)image->header->e_phnum * sizeof(Elf64_Phdr);
        uint64_t start = 0, end = LOAD_START;
        for (unsigned i = 0; i < image->header->e_phnum; i++) {
                const Elf64_Phdr *segment = &image->segments[i];
                if (segment->p_type != PT_LOAD || (segment->p_memsz == 0 && segment->p_filesz == 0))
                        continue;
                if (segment->p_paddr < end || segment->p_paddr > LOAD_END - STACK_ROOM ||
                    segment->p_memsz > LOAD_END - STACK_ROOM - segment->p_paddr ||
                    segment->p_filesz > segment->p_memsz) {
                        snprintf(error, IMAGE_ERROR,
                                 "%s: segment %u is not between 1 MiB and 2 GiB of memory, behind the one before it",
                                 image->path, i);
                        return false;
                }
                if (segment->p_filesz != 0 && segment->p_offset + segment->p_filesz > bytes)
                        bytes = segment->p_offset + segment->p_filesz;
                start = start == 0 ? segment->p_paddr : start;
                end = segment->p_paddr + segment->p_memsz;
        }
        if (start == 0 || image->entry < start || image->entry >= end || bytes > LOAD_END / 4) {
                snprintf(error, IMAGE_ERROR, "%s: its entry is outside of its segments, or it is larger than 512 MiB",
                         image->path);
                return false;
        }
        program->elf_bytes = (uint32_t)bytes;
        program->image_start = (uint32_t)(start & ~(uint64_t)(PAGE - 1));
        program->image_end = (uint32_t)(round_up(end, PAGE) + STACK_ROOM);
        program->entry = (uint32_t)image->entry;
        return true;
}

static size_t section(unsigned index)
{
        return PE_SECTIONS + (size_t)index * SECTION_BYTES;
}

static void fill_in_headers(struct text *file, const struct stub_description *program)
{
        const uint32_t code = program->total_bytes - FILE_SECTOR_BYTES;
        const uint32_t work = (uint32_t)file->length, relocations = work + STUB_WORK_BYTES;
        put32(file, PE_CODE_BYTES, code);
        put32(file, PE_DATA_BYTES, FILE_SECTOR_BYTES);
        put32(file, PE_IMAGE_BYTES, relocations + PAGE);
        put32(file, PE_RELOCATIONS, relocations);
        put32(file, section(TEXT) + SECTION_VIRTUAL_BYTES, code);
        put32(file, section(TEXT) + SECTION_RAW_BYTES, code);
        put32(file, section(WORK) + SECTION_ADDRESS, work);
        put32(file, section(RELOCATIONS) + SECTION_ADDRESS, relocations);
        put32(file, section(RELOCATIONS) + SECTION_RAW, file->length - FILE_SECTOR_BYTES);
        put32(file, file->length - FILE_SECTOR_BYTES, STUB_HEADER_BYTES); /* a block for the page there, without any */
        put32(file, file->length - FILE_SECTOR_BYTES + 4, STUB_RELOCATIONS_BYTES);

        put32(file, SETUP_SYSTEM_PARAGRAPHS, program->total_bytes / 16);
        put32(file, SETUP_PAYLOAD_OFFSET, program->stub_bytes);
        put32(file, SETUP_PAYLOAD_BYTES, program->elf_bytes);
        put32(file, SETUP_PREFERRED_ADDRESS, program->image_end);
        put32(file, SETUP_MEMORY_BYTES, program->total_bytes + STUB_WORK_BYTES);
}

bool kernel_make(struct text *kernel, const struct image *image, const char *command_line, char *error)
{
        struct stub_description program;
        memcpy(&program, stub_start + STUB_HEADER_BYTES + STUB_DESCRIPTION_AT, sizeof(program));
        if (!measure(image, &program, error))
                return false;
        const size_t elf = STUB_HEADER_BYTES + program.stub_bytes;
        program.command_line = (uint32_t)(program.stub_bytes + program.elf_bytes);
        text_add_bytes(kernel, stub_start, (size_t)(stub_end - stub_start));
        text_add_bytes(kernel, image->bytes, program.elf_bytes);
        /* What is behind the segments stays behind: no section headers, then. */
        Elf64_Ehdr *header = (Elf64_Ehdr *)(void *)(kernel->bytes + elf);
        header->e_shoff = 0;
        header->e_shnum = header->e_shstrndx = 0;
        text_add_bytes(kernel, command_line, strlen(command_line) + 1);
        pad(kernel, round_up(kernel->length + FILE_SECTOR_BYTES, FILE_UNIT));
        program.total_bytes = (uint32_t)(kernel->length - STUB_HEADER_BYTES);
        memcpy(kernel->bytes + STUB_HEADER_BYTES + STUB_DESCRIPTION_AT, &program, sizeof(program));
        fill_in_headers(kernel, &program);
        return true;
}
