/*
 * ISO 9660 (ECMA-119) with the names of Rock Ridge (SUSP and RRIP 1.12) or Joliet, or its own. Files of one extent, not
 * interleaved, which is all that anything writes for a disk of some kilobytes.
 */
#include <errno.h>
#include <string.h>

#include "volume.h"

#define SECTOR            2048u
#define DESCRIPTOR_FIRST  16u /* sector, ECMA-119 6.2.1 */
#define DESCRIPTORS_MAX   16u
#define DESCRIPTOR_LABEL  40u
#define DESCRIPTOR_ESCAPE 88u
#define DESCRIPTOR_ROOT   156u
#define PRIMARY           1u
#define SUPPLEMENTARY     2u
#define TERMINATOR        255u
#define LABEL_BYTES       32u

/* A directory record, 9.1. */
#define RECORD_EXTENT   2u
#define RECORD_BYTES    10u
#define RECORD_FLAGS    25u
#define RECORD_UNIT     26u
#define RECORD_GAP      27u
#define RECORD_NAME_LEN 32u
#define RECORD_NAME     33u
#define FLAG_DIRECTORY  0x02u
#define FLAG_MORE       0x80u /* the file goes on in another extent */

#define CONTINUATIONS_MAX 4u /* areas of one record's system use, SUSP 5.1 */

static uint32_t little32(const uint8_t *bytes)
{
        return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* Copies a text of `bytes`, of two bytes each when wide, and drops the blanks at its end; '?' for what is not ASCII. */
static void copy_name(char *to, size_t room, const uint8_t *from, size_t bytes, bool wide)
{
        size_t length = 0;
        for (size_t i = 0; i + wide < bytes && length + 1 < room; i += 1u + wide) {
                const unsigned c = wide ? (unsigned)from[i] << 8 | from[i + 1] : from[i];
                to[length++] = c < 0x80 ? (char)c : '?';
        }
        while (length != 0 && (to[length - 1] == ' ' || to[length - 1] == '\0'))
                length--;
        to[length] = '\0';
}

/* ---- Rock Ridge ---- */

/*
 * Adds to *name what the NM entries of a system use area say (RRIP 4.1.4); a CE entry there says where the next area
 * is: then returns true. A name that is too long becomes one that nobody looks for.
 */
static bool scan_area(const uint8_t *area, size_t bytes, char name[VOLUME_NAME_MAX], uint32_t next[3])
{
        bool more = false;
        for (size_t at = 0; bytes - at >= 4 && area[at + 2] >= 4 && area[at + 2] <= bytes - at; at += area[at + 2]) {
                const uint8_t *entry = area + at;
                const size_t length = entry[2];
                if (memcmp(entry, "NM", 2) == 0 && length > 5) {
                        const size_t before = strlen(name), adds = length - 5;
                        if (before + adds >= VOLUME_NAME_MAX || memchr(entry + 5, '\0', adds) != NULL) {
                                strcpy(name, "/");
                                return false;
                        }
                        memcpy(name + before, entry + 5, adds);
                        name[before + adds] = '\0';
                } else if (memcmp(entry, "CE", 2) == 0 && length >= 28) {
                        for (unsigned i = 0; i < 3; i++)
                                next[i] = little32(entry + 4 + 8 * i); /* sector, offset, bytes */
                        more = true;
                } else if (memcmp(entry, "ST", 2) == 0) {
                        break;
                }
        }
        return more;
}

/* The Rock Ridge name of a record; empty when it has none. Returns 0, -EIO, -EINVAL. */
static int rock_ridge_name(const struct filesystem *iso, const uint8_t *record, char name[VOLUME_NAME_MAX])
{
        uint8_t area[256];
        uint32_t next[3];
        const unsigned own = RECORD_NAME + record[RECORD_NAME_LEN] + (record[RECORD_NAME_LEN] % 2 == 0);
        name[0] = '\0';
        if (own >= record[0])
                return 0;
        bool more = scan_area(record + own, record[0] - own, name, next);
        for (unsigned i = 0; more && i < CONTINUATIONS_MAX; i++) {
                if (next[1] >= SECTOR || next[2] > sizeof(area))
                        return -EINVAL;
                const int error = volume_read(iso->volume, (uint64_t)next[0] * SECTOR + next[1], area, next[2]);
                if (error != 0)
                        return error;
                more = scan_area(area, next[2], name, next);
        }
        return 0;
}

/* ---- Directories ---- */

/* Whether the record is whole within the `left` bytes of its sector. */
static bool record_is_sane(const uint8_t *record, size_t left)
{
        return record[0] > RECORD_NAME && record[0] <= left && record[RECORD_NAME_LEN] != 0 &&
               record[RECORD_NAME_LEN] <= record[0] - RECORD_NAME;
}

/* Of a plain name, "README.;1" or "README.TXT;1", without the version and an empty extension (7.5.1). */
static void plain_name(const uint8_t *record, char name[VOLUME_NAME_MAX])
{
        copy_name(name, VOLUME_NAME_MAX, record + RECORD_NAME, record[RECORD_NAME_LEN], false);
        name[strcspn(name, ";")] = '\0';
        const size_t length = strlen(name);
        if (length != 0 && name[length - 1] == '.')
                name[length - 1] = '\0';
}

static int name_of(const struct filesystem *iso, const uint8_t *record, char name[VOLUME_NAME_MAX])
{
        int error = 0;
        name[0] = '\0';
        if (record[RECORD_NAME_LEN] == 1 && record[RECORD_NAME] <= 1)
                return 0; /* the directory itself, its parent */
        if (iso->rock_ridge)
                error = rock_ridge_name(iso, record, name);
        if (iso->joliet) {
                copy_name(name, VOLUME_NAME_MAX, record + RECORD_NAME, record[RECORD_NAME_LEN], true);
                name[strcspn(name, ";")] = '\0';
        } else if (name[0] == '\0' && error == 0) {
                plain_name(record, name);
        }
        return error;
}

static int take_record(const uint8_t *record, struct volume_entry *entry)
{
        if ((record[RECORD_FLAGS] & FLAG_MORE) != 0 || record[RECORD_UNIT] != 0 || record[RECORD_GAP] != 0)
                return -EINVAL;
        *entry = (struct volume_entry){
                .start = (uint64_t)little32(record + RECORD_EXTENT) * SECTOR,
                .bytes = little32(record + RECORD_BYTES),
                .is_directory = (record[RECORD_FLAGS] & FLAG_DIRECTORY) != 0,
        };
        return 0;
}

static int iso_find(const struct filesystem *iso, const struct volume_entry *directory, const char *wanted,
                    struct volume_entry *entry)
{
        uint8_t sector[SECTOR];
        char name[VOLUME_NAME_MAX];
        for (uint32_t at = 0; at < directory->bytes && at < VOLUME_DIRECTORY_MAX; at += SECTOR) {
                int error = volume_read(iso->volume, directory->start + at, sector, sizeof(sector));
                for (size_t offset = 0; error == 0 && offset < SECTOR && sector[offset] != 0;
                     offset += sector[offset]) {
                        const uint8_t *record = sector + offset;
                        if (SECTOR - offset <= RECORD_NAME || !record_is_sane(record, SECTOR - offset))
                                return -EINVAL;
                        error = name_of(iso, record, name);
                        if (error == 0 && volume_same_name(name, wanted))
                                return take_record(record, entry);
                }
                if (error != 0)
                        return error;
        }
        return -ENOENT;
}

static int iso_read(const struct filesystem *iso, const struct volume_entry *file, char *buffer)
{
        return volume_read(iso->volume, file->start, buffer, file->bytes);
}

/* ---- The volume ---- */

static bool is_joliet(const uint8_t *descriptor)
{
        const uint8_t *escape = descriptor + DESCRIPTOR_ESCAPE;
        return escape[0] == '%' && escape[1] == '/' && (escape[2] == '@' || escape[2] == 'C' || escape[2] == 'E');
}

/* Whether the root's own record starts with SUSP's indicator (SUSP 5.3); with bytes to skip nobody writes it. */
static bool has_rock_ridge(const struct filesystem *iso)
{
        uint8_t record[RECORD_NAME + 1 + 7];
        return volume_read(iso->volume, iso->root.start, record, sizeof(record)) == 0 && record[0] >= sizeof(record) &&
               record[RECORD_NAME_LEN] == 1 && memcmp(record + RECORD_NAME + 1, "SP\x07\x01\xbe\xef", 6) == 0 &&
               record[sizeof(record) - 1] == 0;
}

bool iso_open(struct filesystem *iso, const struct volume *volume)
{
        static const struct filesystem_operations operations = {iso_find, iso_read};
        uint8_t descriptor[SECTOR];
        struct volume_entry joliet = {0};
        *iso = (struct filesystem){.operations = &operations, .volume = volume};
        bool found = false;
        for (unsigned i = 0; i < DESCRIPTORS_MAX; i++) {
                if (volume_read(volume, (uint64_t)(DESCRIPTOR_FIRST + i) * SECTOR, descriptor, SECTOR) != 0 ||
                    memcmp(descriptor + 1, "CD001", 5) != 0 || descriptor[0] == TERMINATOR)
                        break;
                const uint8_t *root = descriptor + DESCRIPTOR_ROOT;
                if (descriptor[0] == PRIMARY && !found) {
                        found = take_record(root, &iso->root) == 0 && iso->root.is_directory;
                        copy_name(iso->label, sizeof(iso->label), descriptor + DESCRIPTOR_LABEL, LABEL_BYTES, false);
                } else if (descriptor[0] == SUPPLEMENTARY && is_joliet(descriptor)) {
                        if (take_record(root, &joliet) != 0)
                                joliet = (struct volume_entry){0};
                }
        }
        if (!found)
                return false;
        iso->rock_ridge = has_rock_ridge(iso);
        iso->joliet = !iso->rock_ridge && joliet.is_directory;
        if (iso->joliet)
                iso->root = joliet;
        return true;
}
