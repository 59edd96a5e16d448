/* An ISO 9660 image that BIOS and UEFI boot, from a CD drive or copied to a disk; by xorriso. */
#ifndef CLI_MAKE_IMAGE_ISO_H
#define CLI_MAKE_IMAGE_ISO_H

#include "../files/output.h"
#include "../text.h"

/* Ends the command with a message when it cannot be made. */
void iso_make(struct output *output, const struct text *kernel);

#endif
