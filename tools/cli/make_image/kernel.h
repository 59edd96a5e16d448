/*
 * A program as a file that boot loaders take for a Linux kernel (bzImage) and UEFI firmware for an application: the
 * boot stub (platform/x86_64/boot/stub.h) with the program's ELF and a command line behind it.
 */
#ifndef CLI_MAKE_IMAGE_KERNEL_H
#define CLI_MAKE_IMAGE_KERNEL_H

#include "../image/elf.h"
#include "../text.h"

/*
 * Adds the file to `kernel`: whole pages. `command_line` is for loaders that give none. False: the program cannot be
 * booted so, and `error` (IMAGE_ERROR bytes) says why.
 */
bool kernel_make(struct text *kernel, const struct image *image, const char *command_line, char *error);

#endif
