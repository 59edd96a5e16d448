/* A FAT file system with one file, \EFI\BOOT\BOOTX64.EFI: what UEFI firmware starts from a medium that it does not know
 * (UEFI 2.10, section 3.5.1.1). */
#ifndef CLI_MAKE_IMAGE_FAT_H
#define CLI_MAKE_IMAGE_FAT_H

#include <stdint.h>

#include "../text.h"

/* The fewest sectors of 512 bytes that hold a file of so many bytes. 0: it is too large (2 GiB). */
uint64_t fat_sectors(uint64_t file_bytes);

/*
 * Adds a file system of `sectors` sectors to `volume`; they must be at least fat_sectors(). `hidden` is the number of
 * sectors before it on the disk, `serial` its serial number. Returns the file's first sector in it; all of the file is
 * in consecutive sectors.
 */
uint64_t fat_make(struct text *volume, uint64_t sectors, uint32_t hidden, uint32_t serial, const struct text *file);

#endif
