/*
 * FAT12, FAT16 and FAT32 with long names (Microsoft, FAT32 File System Specification 1.03).
 */
#include <errno.h>
#include <string.h>

#include "volume.h"

#define BOOT_BYTES      512u
#define ENTRY           32u
#define ATTRIBUTES      11u
#define ATTRIBUTE_LABEL 0x08u
#define ATTRIBUTE_DIR   0x10u
#define ATTRIBUTE_LONG  0x0fu /* all of read-only, hidden, system, label: a part of a long name */
#define DELETED         0xe5u
#define LONG_LAST       0x40u
#define LONG_LETTERS    13u
#define LONG_PARTS_MAX  (VOLUME_NAME_MAX / LONG_LETTERS)
#define FIRST_CLUSTER   2u
#define FAT12_MAX       4084u /* clusters; beyond it is FAT16, and beyond the next FAT32 */
#define FAT16_MAX       65524u
#define LABEL_BYTES     11u

static uint32_t little(const uint8_t *bytes, unsigned count)
{
        return (uint32_t)volume_little(bytes, count);
}

/* ---- Clusters ---- */

static uint64_t cluster_offset(const struct filesystem *fat, uint64_t cluster)
{
        return fat->fat.data + (cluster - FIRST_CLUSTER) * fat->fat.cluster_bytes;
}

/* The cluster after *cluster. Returns 0, -ENOENT: it was the last; -EIO, -EINVAL: the chain is broken. */
static int next_cluster(const struct filesystem *fat, uint64_t *cluster)
{
        uint8_t bytes[4] = {0};
        const unsigned bits = fat->fat.bits;
        const uint64_t at = fat->fat.table + *cluster * bits / 8;
        const int error = volume_read(fat->volume, at, bytes, bits == 32 ? 4 : 2);
        uint32_t value = little(bytes, 4);
        if (error != 0)
                return error;
        if (bits == 12)
                value = *cluster % 2 != 0 ? value >> 4 : value & 0xfff;
        else if (bits == 32)
                value &= 0x0fffffff;
        const uint32_t end = bits == 12 ? 0xff8 : bits == 16 ? 0xfff8 : 0x0ffffff8;
        if (value >= end)
                return -ENOENT;
        *cluster = value;
        return value >= FIRST_CLUSTER && value <= fat->fat.clusters ? 0 : -EINVAL;
}

/* ---- Names ---- */

/* "README  TXT" as "README.TXT". */
static void short_name(const uint8_t *entry, char name[VOLUME_NAME_MAX])
{
        size_t length = 0;
        for (unsigned i = 0; i < LABEL_BYTES; i++) {
                if (i == 8 && entry[8] != ' ')
                        name[length++] = '.';
                if (entry[i] != ' ')
                        name[length++] = entry[i] < 0x80 ? (char)entry[i] : '?';
        }
        name[length] = '\0';
}

static uint8_t checksum(const uint8_t *short_entry)
{
        uint8_t sum = 0;
        for (unsigned i = 0; i < LABEL_BYTES; i++)
                sum = (uint8_t)((sum >> 1 | sum << 7) + short_entry[i]);
        return sum;
}

/* The long name that comes in parts before a short entry, the last part first. */
struct long_name {
        char text[LONG_PARTS_MAX * LONG_LETTERS + 1];
        unsigned wanted; /* number of the part that must come next; 0: the name is whole, or there is none */
        uint8_t sum;
        bool valid;
};

static void add_part(struct long_name *name, const uint8_t *entry)
{
        static const uint8_t places[LONG_LETTERS] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
        const unsigned number = entry[0] & 0x1f;
        if ((entry[0] & LONG_LAST) != 0) {
                *name = (struct long_name){.wanted = number, .sum = entry[13], .valid = true};
                name->valid = number != 0 && number <= LONG_PARTS_MAX;
        }
        if (!name->valid || number != name->wanted || entry[13] != name->sum) {
                name->valid = false;
                return;
        }
        name->wanted = number - 1;
        for (unsigned i = 0; i < LONG_LETTERS; i++) {
                const uint32_t c = little(entry + places[i], 2);
                name->text[(number - 1) * LONG_LETTERS + i] = c < 0x80 ? (char)c : c == 0xffff ? '\0' : '?';
        }
}

/* ---- Directories ---- */

struct search {
        const char *wanted; /* NULL: the volume's label */
        struct volume_entry *entry;
        char *label;
        struct long_name name;
};

static void take_label(const uint8_t *text, char label[VOLUME_LABEL_MAX])
{
        size_t length = LABEL_BYTES;
        while (length != 0 && (text[length - 1] == ' ' || text[length - 1] == '\0'))
                length--;
        for (size_t i = 0; i < length; i++)
                label[i] = text[i] < 0x80 ? (char)text[i] : '?';
        label[length] = '\0';
}

/* Looks at one entry. Returns 0: found; -EAGAIN: go on; -ENOENT: the directory ends here; -EINVAL. */
static int look_at(const struct filesystem *fat, struct search *search, const uint8_t *entry)
{
        char name[VOLUME_NAME_MAX];
        const uint8_t attributes = entry[ATTRIBUTES] & 0x3f;
        if (entry[0] == 0)
                return -ENOENT;
        if (entry[0] != DELETED && attributes == ATTRIBUTE_LONG) {
                add_part(&search->name, entry);
                return -EAGAIN;
        }
        const bool has_long = search->name.valid && search->name.wanted == 0 && search->name.sum == checksum(entry);
        search->name.valid = false;
        if (entry[0] == DELETED)
                return -EAGAIN;
        if ((attributes & ATTRIBUTE_LABEL) != 0) {
                if (search->wanted != NULL)
                        return -EAGAIN;
                take_label(entry, search->label);
                return 0;
        }
        short_name(entry, name);
        if (search->wanted == NULL || (!volume_same_name(name, search->wanted) &&
                                       !(has_long && volume_same_name(search->name.text, search->wanted))))
                return -EAGAIN;
        const uint32_t high = fat->fat.bits == 32 ? little(entry + 20, 2) : 0;
        *search->entry = (struct volume_entry){
                .start = high << 16 | little(entry + 26, 2),
                .bytes = little(entry + 28, 4),
                .is_directory = (attributes & ATTRIBUTE_DIR) != 0,
        };
        const bool is_nowhere = search->entry->start < FIRST_CLUSTER || search->entry->start > fat->fat.clusters;
        return is_nowhere && (search->entry->is_directory || search->entry->bytes != 0) ? -EINVAL : 0;
}

/* The entries of a piece of a directory. As look_at. */
static int look_through(const struct filesystem *fat, struct search *search, uint64_t offset, uint32_t bytes)
{
        uint8_t entry[ENTRY];
        for (uint32_t at = 0; at + ENTRY <= bytes; at += ENTRY) {
                int error = volume_read(fat->volume, offset + at, entry, sizeof(entry));
                if (error == 0)
                        error = look_at(fat, search, entry);
                if (error != -EAGAIN)
                        return error;
        }
        return -EAGAIN;
}

static int look_in(const struct filesystem *fat, struct search *search, const struct volume_entry *directory)
{
        uint64_t cluster = directory->start;
        if (cluster == 0) {
                const int error = look_through(fat, search, fat->fat.root, fat->fat.root_bytes);
                return error == -EAGAIN ? -ENOENT : error;
        }
        for (uint32_t seen = 0; seen < VOLUME_DIRECTORY_MAX; seen += fat->fat.cluster_bytes) {
                int error = look_through(fat, search, cluster_offset(fat, cluster), fat->fat.cluster_bytes);
                if (error == -EAGAIN)
                        error = next_cluster(fat, &cluster);
                else
                        return error;
                if (error != 0)
                        return error;
        }
        return -ENOENT;
}

static int fat_find(const struct filesystem *fat, const struct volume_entry *directory, const char *name,
                    struct volume_entry *entry)
{
        struct search search = {.wanted = name, .entry = entry};
        return look_in(fat, &search, directory);
}

static int fat_read(const struct filesystem *fat, const struct volume_entry *file, char *buffer)
{
        uint64_t cluster = file->start;
        uint32_t left = file->bytes;
        while (left != 0) {
                const uint32_t now = left < fat->fat.cluster_bytes ? left : fat->fat.cluster_bytes;
                int error = volume_read(fat->volume, cluster_offset(fat, cluster), buffer, now);
                buffer += now;
                left -= now;
                if (error == 0 && left != 0)
                        error = next_cluster(fat, &cluster);
                if (error != 0)
                        return error == -ENOENT ? -EINVAL : error; /* the chain is shorter than the file */
        }
        return 0;
}

/* ---- The volume ---- */

static bool is_power_of_two(uint32_t value)
{
        return value != 0 && (value & (value - 1)) == 0;
}

/* Reads where things are out of the boot sector, chapter 3 of the specification. False: this is no FAT volume. */
static bool read_layout(struct filesystem *fat, const uint8_t *boot)
{
        const uint32_t sector = little(boot + 11, 2), sectors_per_cluster = boot[13];
        const uint32_t reserved = little(boot + 14, 2), tables = boot[16], root_entries = little(boot + 17, 2);
        const uint32_t sectors = little(boot + 19, 2) != 0 ? little(boot + 19, 2) : little(boot + 32, 4);
        const uint32_t table16 = little(boot + 22, 2);
        const uint64_t table = table16 != 0 ? table16 : little(boot + 36, 4);
        if (boot[510] != 0x55 || boot[511] != 0xaa || !is_power_of_two(sector) || sector < 512 || sector > 4096 ||
            !is_power_of_two(sectors_per_cluster) || reserved == 0 || tables == 0 || table == 0)
                return false;
        const uint64_t root_sectors = ((uint64_t)root_entries * ENTRY + sector - 1) / sector;
        const uint64_t data = reserved + tables * table + root_sectors;
        if (data >= sectors || sectors > fat->volume->bytes / sector)
                return false;
        const uint64_t clusters = (sectors - data) / sectors_per_cluster;
        fat->fat.bits = clusters <= FAT12_MAX ? 12 : clusters <= FAT16_MAX ? 16 : 32;
        if (table16 == 0)
                fat->fat.bits = 32; /* small ones exist, whatever the specification says */
        const uint64_t entries = table * sector * 8 / fat->fat.bits;
        if (clusters == 0 || entries <= FIRST_CLUSTER)
                return false;
        fat->fat.clusters = (uint32_t)((clusters + 1 < entries - 1) ? clusters + 1 : entries - 1);
        fat->fat.cluster_bytes = sector * sectors_per_cluster;
        fat->fat.table = (uint64_t)reserved * sector;
        fat->fat.root = (reserved + tables * table) * sector;
        fat->fat.root_bytes = root_entries * ENTRY;
        fat->fat.data = data * sector;
        fat->root = (struct volume_entry){.is_directory = true, .start = 0};
        if (fat->fat.bits == 32)
                fat->root.start = little(boot + 44, 4);
        return fat->fat.bits != 32 || (fat->root.start >= FIRST_CLUSTER && fat->root.start <= fat->fat.clusters);
}

bool fat_open(struct filesystem *fat, const struct volume *volume)
{
        static const struct filesystem_operations operations = {fat_find, fat_read};
        uint8_t boot[BOOT_BYTES];
        *fat = (struct filesystem){.operations = &operations, .volume = volume};
        if (volume_read(volume, 0, boot, sizeof(boot)) != 0 || !read_layout(fat, boot))
                return false;
        const unsigned extended = fat->fat.bits == 32 ? 66 : 38;
        struct search search = {.label = fat->label};
        if (look_in(fat, &search, &fat->root) != 0) {
                fat->label[0] = '\0';
                if (boot[extended] == 0x29)
                        take_label(boot + extended + 5, fat->label);
        }
        return true;
}
