/* Opens an image and checks every offset that later code relies on; see elf.h. */
#include "elf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Xen's public/elfnote.h: the note that holds the 32-bit entry point of a PVH guest. */
#define XEN_ELFNOTE_PHYS32_ENTRY 18u

static bool wrong(char *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool wrong(char *error, const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error, IMAGE_ERROR, format, arguments);
        va_end(arguments);
        return false;
}

static bool is_within(const struct image *image, uint64_t offset, uint64_t bytes)
{
        return offset <= image->size && bytes <= image->size - offset;
}

static bool map(struct image *image, const char *path, char *error)
{
        const int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0)
                return wrong(error, "%s: %s", path, strerror(errno));
        struct stat status;
        if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
                close(file);
                return wrong(error, "%s is not a file", path);
        }
        image->size = (size_t)status.st_size;
        void *bytes = MAP_FAILED;
        if (image->size >= sizeof(Elf64_Ehdr))
                bytes = mmap(NULL, image->size, PROT_READ, MAP_PRIVATE, file, 0);
        close(file);
        if (bytes == MAP_FAILED)
                return wrong(error, "%s is not an ELF file; build an image with coracle-cc", path);
        image->path = path;
        image->bytes = bytes;
        image->header = bytes;
        return true;
}

static bool check_header(struct image *image, char *error)
{
        const Elf64_Ehdr *header = image->header;
        const char *path = image->path;
        if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
                return wrong(error, "%s is not an ELF file; build an image with coracle-cc", path);
        if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
            header->e_machine != EM_X86_64)
                return wrong(error, "%s is not for x86_64; build it with coracle-cc", path);
        if (header->e_type == ET_REL)
                return wrong(error, "%s is an object file; link it with coracle-cc", path);
        if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
                return wrong(error, "%s is not a program; build one with coracle-cc", path);
        if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum == 0 ||
            !is_within(image, header->e_phoff, (uint64_t)header->e_phnum * sizeof(Elf64_Phdr)) ||
            header->e_phoff % 8 != 0)
                return wrong(error, "%s is damaged: its program headers are not in the file", path);
        image->segments = (const Elf64_Phdr *)(image->bytes + header->e_phoff);
        for (unsigned i = 0; i < header->e_phnum; i++) {
                const Elf64_Phdr *segment = &image->segments[i];
                if (segment->p_type != PT_NULL && !is_within(image, segment->p_offset, segment->p_filesz))
                        return wrong(error, "%s is cut short: segment %u ends beyond the file", path, i);
        }
        return true;
}

static uint64_t rounded(uint64_t bytes)
{
        return (bytes + 3) & ~(uint64_t)3;
}

/* Looks for the PVH entry in the notes at `offset`. */
static bool find_entry(struct image *image, uint64_t offset, uint64_t left)
{
        while (left >= sizeof(Elf64_Nhdr)) {
                Elf64_Nhdr note;
                memcpy(&note, image->bytes + offset, sizeof(note));
                const uint64_t name = rounded(note.n_namesz), contents = rounded(note.n_descsz);
                const uint64_t bytes = sizeof(note) + name + contents;
                if (bytes > left)
                        return false;
                const unsigned char *text = image->bytes + offset + sizeof(note);
                if (note.n_type == XEN_ELFNOTE_PHYS32_ENTRY && note.n_namesz == 4 && memcmp(text, "Xen", 4) == 0 &&
                    (note.n_descsz == 4 || note.n_descsz == 8)) {
                        memcpy(&image->entry, text + name, note.n_descsz);
                        return true;
                }
                offset += bytes;
                left -= bytes;
        }
        return false;
}

static bool check_bootable(struct image *image, char *error)
{
        bool has_interpreter = false;
        for (unsigned i = 0; i < image->header->e_phnum; i++) {
                const Elf64_Phdr *segment = &image->segments[i];
                has_interpreter |= segment->p_type == PT_INTERP;
                if (segment->p_type == PT_NOTE && find_entry(image, segment->p_offset, segment->p_filesz))
                        return true;
        }
        if (has_interpreter || image->header->e_ident[EI_OSABI] == ELFOSABI_LINUX ||
            image->header->e_ident[EI_OSABI] == ELFOSABI_SYSV)
                return wrong(error, "%s is an x86_64 Linux program, not a Coracle image; build it with coracle-cc",
                             image->path);
        return wrong(error, "%s has no PVH entry, so it is not a Coracle image; build it with coracle-cc", image->path);
}

bool image_open(struct image *image, const char *path, char *error)
{
        *image = (struct image){0};
        if (!map(image, path, error))
                return false;
        if (check_header(image, error) && check_bootable(image, error))
                return true;
        image_close(image);
        return false;
}

void image_close(struct image *image)
{
        if (image->bytes != NULL)
                munmap((void *)(uintptr_t)image->bytes, image->size);
        *image = (struct image){0};
}

const Elf64_Shdr *image_section_header(const struct image *image, size_t n, const char **name)
{
        const Elf64_Ehdr *header = image->header;
        if (n >= header->e_shnum || header->e_shentsize != sizeof(Elf64_Shdr) || header->e_shoff % 8 != 0 ||
            header->e_shstrndx >= header->e_shnum ||
            !is_within(image, header->e_shoff, (uint64_t)header->e_shnum * sizeof(Elf64_Shdr)))
                return NULL;
        const Elf64_Shdr *sections = (const Elf64_Shdr *)(image->bytes + header->e_shoff);
        const Elf64_Shdr *names = &sections[header->e_shstrndx];
        const uint32_t start = sections[n].sh_name;
        if (!is_within(image, names->sh_offset, names->sh_size) || start >= names->sh_size ||
            memchr(image->bytes + names->sh_offset + start, '\0', names->sh_size - start) == NULL)
                return NULL;
        *name = (const char *)image->bytes + names->sh_offset + start;
        return &sections[n];
}

const void *image_section(const struct image *image, const char *name, size_t *size)
{
        const Elf64_Shdr *section;
        const char *found;
        for (size_t n = 0; (section = image_section_header(image, n, &found)) != NULL; n++) {
                if (strcmp(found, name) != 0)
                        continue;
                if (section->sh_type == SHT_NOBITS || !is_within(image, section->sh_offset, section->sh_size))
                        return NULL;
                *size = section->sh_size;
                return image->bytes + section->sh_offset;
        }
        return NULL;
}

bool image_uses_network(const struct image *image)
{
        size_t size = 0;
        const void *record = image_section(image, ".debug_coracle", &size);
        return record == NULL || memmem(record, size, " libos_net_", strlen(" libos_net_")) != NULL;
}
