/*
 * Reading a few small files off a disk that somebody else made: ISO 9660 and FAT, on the disk or in a partition of it,
 * read-only, no cache, no mount table.
 * Every number on the disk is an outsider's; what is damaged is an error, never a wild read or a loop without end.
 */
#ifndef CORACLE_INSTANCE_VOLUME_H
#define CORACLE_INSTANCE_VOLUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the bytes are. `read` fills the buffer or returns a negative errno; it is asked for nothing beyond `bytes`. */
struct volume {
        int (*read)(void *ctx, uint64_t offset, void *buffer, size_t bytes);
        void *ctx;
        uint64_t bytes;
};

#define VOLUME_LABEL_MAX     33u
#define VOLUME_NAME_MAX      64u     /* of a file, its end included; longer ones are not found */
#define VOLUME_DIRECTORY_MAX 131072u /* bytes of a directory that are looked at */

/* A file or directory. */
struct volume_entry {
        uint64_t start; /* ISO 9660: byte offset; FAT: first cluster, 0 the root directory of FAT12 and FAT16 */
        uint32_t bytes;
        bool is_directory;
};

/* A part of a disk that is a volume by itself. It must stay where it is. */
struct partition {
        struct volume volume;
        const struct volume *disk;
        uint64_t start;
};

#define PARTITIONS_MAX 128u /* that are looked at */

/* What a disk says of its partitions. */
struct partition_table {
        const struct volume *disk;
        uint32_t block; /* the disk's bytes of a block */
        uint32_t count; /* of entries; used or not */
        bool is_gpt;    /* then also: */
        uint32_t entry_bytes;
        uint64_t first_entry; /* block */
        uint8_t record[512];  /* the master boot record */
};

/* Reads it. False: there is none, or it makes no sense. */
bool partition_table_open(struct partition_table *table, const struct volume *disk, uint32_t block);

/* The partition of that number, from 0 on. False: there is none of that number. */
bool partition_open(struct partition *partition, const struct partition_table *table, unsigned number);

struct filesystem;
struct filesystem_operations {
        /* Looks the name up in a directory. Returns 0, -ENOENT, -EIO, -EINVAL (damaged). */
        int (*find)(const struct filesystem *filesystem, const struct volume_entry *directory, const char *name,
                    struct volume_entry *entry);
        /* Reads the whole file. */
        int (*read)(const struct filesystem *filesystem, const struct volume_entry *file, char *buffer);
};

struct filesystem {
        const struct filesystem_operations *operations;
        const struct volume *volume;
        char label[VOLUME_LABEL_MAX]; /* without blanks at its end */
        struct volume_entry root;
        bool joliet, rock_ridge; /* how names are written on ISO 9660 */
        struct {
                unsigned bits; /* of an entry of the table: 12, 16, 32 */
                uint32_t cluster_bytes;
                uint32_t clusters;          /* the last one's number */
                uint64_t table, root, data; /* byte offsets */
                uint32_t root_bytes;
        } fat;
};

/* Whether the volume holds such a file system; then *filesystem is ready. */
bool iso_open(struct filesystem *filesystem, const struct volume *volume);
bool fat_open(struct filesystem *filesystem, const struct volume *volume);

/* Reads, if all of it is inside the volume. Returns 0, -EIO, -EINVAL. */
int volume_read(const struct volume *volume, uint64_t offset, void *buffer, size_t bytes);

/* The little-endian number of up to 8 bytes. */
static inline uint64_t volume_little(const uint8_t *bytes, unsigned count)
{
        uint64_t value = 0;
        for (unsigned i = 0; i < count; i++)
                value |= (uint64_t)bytes[i] << 8 * i;
        return value;
}

/*
 * The file at "a/b/c" in memory that the caller frees, with a NUL behind it that *bytes does not count. NULL: *error is
 * -ENOENT, -EISDIR, -EFBIG (larger than most), -ENOMEM, -EIO, -EINVAL (damaged).
 */
char *filesystem_load(const struct filesystem *filesystem, const char *path, size_t most, size_t *bytes, int *error);

/* Whether two names are one but for the case of ASCII letters. */
bool volume_same_name(const char *a, const char *b);

#endif
