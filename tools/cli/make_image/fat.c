/*
 * Writes a FAT12 or FAT16 file system; see fat.h. (Microsoft FAT specification, 2005; ECMA-107.)
 *
 * Laid out for the FAT driver that most UEFI firmware has (EDK II's): it reads directories through pages of 8 KiB,
 * counted from the root directory, and whole pages of a file at once. So all directories are in the first page, and the
 * file begins with the second: two reads fetch everything. And it looks each cluster up, so they are no smaller than
 * that allows.
 */
#include "fat.h"

#include <string.h>

#include "../files/bytes.h"

#define SECTOR        512u
#define FATS          2u
#define RESERVED      1u
#define ROOT_ENTRIES  128u
#define ENTRY_BYTES   32u
#define ROOT_SECTORS  (ROOT_ENTRIES * ENTRY_BYTES / SECTOR)
#define FAT12_MAX     4084u /* clusters; the number of clusters is what tells FAT12 from FAT16 */
#define FAT16_MAX     65524u
#define CLUSTER_MIN   4u /* sectors: with the root directory's 8, two directories' are 8 KiB */
#define CLUSTER_MAX   64u
#define FIRST_CLUSTER 2u
#define END_OF_CHAIN  0xffffu
#define DIRECTORY     0x10
#define VOLUME_LABEL  0x08
#define DATE_1980     0x0021 /* 1 January 1980: no time stamp changes the bytes */

struct geometry {
        uint64_t sectors;
        uint32_t cluster_sectors, clusters, fat_sectors;
        bool is_fat12;
};

static uint32_t first_data_sector(const struct geometry *geometry)
{
        return RESERVED + FATS * geometry->fat_sectors + ROOT_SECTORS;
}

/* The smallest clusters, from CLUSTER_MIN on, that FAT16 can count. False: there are too many sectors. */
static bool choose_geometry(struct geometry *geometry, uint64_t sectors)
{
        geometry->sectors = sectors;
        for (uint32_t size = CLUSTER_MIN; size <= CLUSTER_MAX; size *= 2) {
                const uint64_t most = sectors / size;
                const bool is_fat12 = most <= FAT12_MAX;
                const uint64_t entries = most + FIRST_CLUSTER;
                const uint64_t fat = round_up(is_fat12 ? (entries * 3 + 1) / 2 : entries * 2, SECTOR) / SECTOR;
                const uint64_t overhead = RESERVED + FATS * fat + ROOT_SECTORS;
                if (sectors <= overhead || (sectors - overhead) / size > FAT16_MAX)
                        continue;
                geometry->cluster_sectors = size;
                geometry->fat_sectors = (uint32_t)fat;
                geometry->clusters = (uint32_t)((sectors - overhead) / size);
                geometry->is_fat12 = geometry->clusters <= FAT12_MAX;
                /* Few sectors between the two kinds: then the table of the other kind is large enough too. */
                return true;
        }
        return false;
}

static uint32_t clusters_of(const struct geometry *geometry, uint64_t bytes)
{
        return (uint32_t)(round_up(bytes, (uint64_t)geometry->cluster_sectors * SECTOR) /
                          ((uint64_t)geometry->cluster_sectors * SECTOR));
}

uint64_t fat_sectors(uint64_t file_bytes)
{
        struct geometry geometry;
        uint64_t sectors = file_bytes / SECTOR + 64;
        while (choose_geometry(&geometry, sectors)) {
                const uint64_t missing = 2 + (uint64_t)clusters_of(&geometry, file_bytes);
                if (missing <= geometry.clusters)
                        return sectors;
                sectors += (missing - geometry.clusters) * geometry.cluster_sectors;
        }
        return 0;
}

static void put_boot_sector(unsigned char *at, const struct geometry *geometry, uint32_t hidden, uint32_t serial)
{
        memcpy(at,
               "\xeb\x3c\x90"
               "CORACLE ",
               11);
        put(at + 11, 2, SECTOR);
        put(at + 13, 1, geometry->cluster_sectors);
        put(at + 14, 2, RESERVED);
        put(at + 16, 1, FATS);
        put(at + 17, 2, ROOT_ENTRIES);
        put(at + 19, 2, geometry->sectors < 0x10000 ? geometry->sectors : 0);
        put(at + 21, 1, 0xf8); /* a fixed disk */
        put(at + 22, 2, geometry->fat_sectors);
        put(at + 24, 2, 63); /* sectors of a track and heads, as BIOSes translate */
        put(at + 26, 2, 255);
        put(at + 28, 4, hidden);
        put(at + 32, 4, geometry->sectors < 0x10000 ? 0 : geometry->sectors);
        put(at + 36, 1, 0x80);
        put(at + 38, 1, 0x29); /* the next three fields are there */
        put(at + 39, 4, serial);
        memcpy(at + 43, "CORACLE    ", 11);
        memcpy(at + 54, geometry->is_fat12 ? "FAT12   " : "FAT16   ", 8);
        memcpy(at + 62, "\xf4\xeb\xfd", 3); /* hlt; jmp: nobody boots from here */
        put(at + 510, 2, 0xaa55);
}

static void put_fat_entry(unsigned char *fat, const struct geometry *geometry, uint32_t cluster, uint32_t value)
{
        if (!geometry->is_fat12) {
                put(fat + cluster * 2, 2, value);
                return;
        }
        unsigned char *at = fat + cluster * 3 / 2;
        if (cluster % 2 == 0) {
                at[0] = (unsigned char)value;
                at[1] = (unsigned char)((at[1] & 0xf0) | (value >> 8 & 0x0f));
        } else {
                at[0] = (unsigned char)((at[0] & 0x0f) | (value << 4 & 0xf0));
                at[1] = (unsigned char)(value >> 4);
        }
}

static void put_entry(unsigned char *at, const char name[12], unsigned attributes, uint32_t cluster, uint64_t bytes)
{
        memcpy(at, name, 11);
        at[11] = (unsigned char)attributes;
        put(at + 16, 2, DATE_1980); /* created, used, written */
        put(at + 18, 2, DATE_1980);
        put(at + 24, 2, DATE_1980);
        put(at + 26, 2, cluster);
        put(at + 28, 4, bytes);
}

uint64_t fat_make(struct text *volume, uint64_t sectors, uint32_t hidden, uint32_t serial, const struct text *file)
{
        struct geometry geometry;
        const size_t start = volume->length;
        if (!choose_geometry(&geometry, sectors))
                return 0;
        const uint32_t cluster_bytes = geometry.cluster_sectors * SECTOR;
        const uint32_t data = first_data_sector(&geometry);
        const uint32_t efi = FIRST_CLUSTER, boot = efi + 1, first = boot + 1;
        const uint32_t last = first + clusters_of(&geometry, file->length) - 1;
        const uint64_t file_sector = data + (uint64_t)(first - FIRST_CLUSTER) * geometry.cluster_sectors;

        pad(volume, start + file_sector * SECTOR);
        text_add_bytes(volume, file->bytes, file->length);
        pad(volume, start + sectors * SECTOR);

        unsigned char *at = (unsigned char *)volume->bytes + start;
        put_boot_sector(at, &geometry, hidden, serial);
        for (unsigned copy = 0; copy < FATS; copy++) {
                unsigned char *fat = at + (size_t)(RESERVED + copy * geometry.fat_sectors) * SECTOR;
                put_fat_entry(fat, &geometry, 0, 0xfff8);
                put_fat_entry(fat, &geometry, 1, END_OF_CHAIN);
                put_fat_entry(fat, &geometry, efi, END_OF_CHAIN);
                put_fat_entry(fat, &geometry, boot, END_OF_CHAIN);
                for (uint32_t cluster = first; cluster <= last; cluster++)
                        put_fat_entry(fat, &geometry, cluster, cluster == last ? END_OF_CHAIN : cluster + 1);
        }
        unsigned char *root = at + (size_t)(data - ROOT_SECTORS) * SECTOR;
        unsigned char *efi_directory = at + (size_t)data * SECTOR, *boot_directory = efi_directory + cluster_bytes;
        put_entry(root, "CORACLE    ", VOLUME_LABEL, 0, 0);
        put_entry(root + ENTRY_BYTES, "EFI        ", DIRECTORY, efi, 0);
        put_entry(efi_directory, ".          ", DIRECTORY, efi, 0);
        put_entry(efi_directory + ENTRY_BYTES, "..         ", DIRECTORY, 0, 0);
        put_entry(efi_directory + 2 * ENTRY_BYTES, "BOOT       ", DIRECTORY, boot, 0);
        put_entry(boot_directory, ".          ", DIRECTORY, boot, 0);
        put_entry(boot_directory + ENTRY_BYTES, "..         ", DIRECTORY, efi, 0);
        put_entry(boot_directory + 2 * ENTRY_BYTES, "BOOTX64 EFI", 0x20, first, file->length);
        return file_sector;
}
