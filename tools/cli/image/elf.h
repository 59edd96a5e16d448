/* A Coracle image as a file: mapped read-only, checked once, then read through these functions. */
#ifndef CLI_IMAGE_ELF_H
#define CLI_IMAGE_ELF_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image {
        const char *path;
        const unsigned char *bytes;
        size_t size;
        const Elf64_Ehdr *header;
        const Elf64_Phdr *segments; /* header->e_phnum of them, each within the file */
        uint64_t entry;             /* the PVH entry, a link-time address */
};

/*
 * Maps and checks the file. False: it is not an image that boots, and `error` says why in words for people that begin
 * with the path. `error` has room for IMAGE_ERROR bytes.
 */
#define IMAGE_ERROR 512
bool image_open(struct image *image, const char *path, char *error);
void image_close(struct image *image);

/*
 * The contents of the section `name`, within the file, and its header; NULL when the image has none (a stripped image
 * may have no section names at all) or it has no contents.
 */
const void *image_section(const struct image *image, const char *name, size_t *size);

/* Was the program linked with the network? True when the image has no record of what it was linked with. */
bool image_uses_network(const struct image *image);

/* The n-th section header and its name; NULL beyond the last or when the table is damaged. */
const Elf64_Shdr *image_section_header(const struct image *image, size_t n, const char **name);

#endif
