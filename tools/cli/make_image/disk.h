/* A disk that BIOS and UEFI boot: a partition table, an EFI system partition with the program, perhaps data. */
#ifndef CLI_MAKE_IMAGE_DISK_H
#define CLI_MAKE_IMAGE_DISK_H

#include "../files/output.h"
#include "../text.h"
#include "options.h"

/* Writes the raw disk. Ends the command with a message when it cannot be made. */
void disk_make(struct output *output, const struct text *kernel, const struct image_options *options);

#endif
