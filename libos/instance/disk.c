/*
 * Instance data on a disk, the whole of it or a partition, or on a disc in a CD-ROM drive. Of several the first counts,
 * and drives are looked for when no disk has any.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <coracle/blkdev.h>
#include <coracle/log.h>
#include <platform.h>

#include "../block/transfer.h"
#include "instance.h"
#include "seed.h"

#define BLOCK 4096u /* what is read at a time; a multiple of every device's block size */

/* ---- Bytes of a device ---- */

struct reader {
        /* Reads into `block`, which is large enough. Returns 0 or -EIO. */
        int (*read)(struct reader *reader, uint64_t offset, size_t bytes);
        struct blkdev *disk;
        unsigned drive;
        uint64_t bytes;  /* whole blocks of the device */
        uint64_t cached; /* offset of `block`, or UINT64_MAX */
        char *block;
};

static int read_disk(struct reader *reader, uint64_t offset, size_t bytes)
{
        struct block_wait wait;
        struct iovec vector = {reader->block, bytes};
        block_wait_begin(&wait, reader->disk);
        block_io_transfer(&wait.io, BLKDEV_READ, &vector, 1, offset, bytes);
        return block_wait_end(&wait) != 0 ? -EIO : 0;
}

static int read_disc(struct reader *reader, uint64_t offset, size_t bytes)
{
        char name[PLATFORM_GIVEN_NAME];
        return platform_given(PLATFORM_GIVEN_DISC, reader->drive, name, offset, reader->block, bytes) < 0 ? -EIO : 0;
}

static int read_bytes(void *ctx, uint64_t offset, void *buffer, size_t bytes)
{
        struct reader *reader = ctx;
        char *to = buffer;
        while (bytes != 0) {
                const uint64_t block = offset & ~(uint64_t)(BLOCK - 1), left = reader->bytes - block;
                const size_t within = (size_t)(offset - block);
                const size_t now = bytes < BLOCK - within ? bytes : BLOCK - within;
                if (reader->cached != block) {
                        reader->cached = UINT64_MAX;
                        const int error = reader->read(reader, block, left < BLOCK ? (size_t)left : BLOCK);
                        if (error != 0)
                                return error;
                        reader->cached = block;
                }
                memcpy(to, reader->block + within, now);
                to += now;
                offset += now;
                bytes -= now;
        }
        return 0;
}

/* ---- Disks ---- */

static bool look_at_partitions(const struct volume *disk, const struct blkdev_info *info)
{
        struct partition_table table;
        struct partition partition;
        char name[BLKDEV_NAME_MAX + 4];
        bool taken = false;
        if (!partition_table_open(&table, disk, info->block_bytes))
                return false;
        for (unsigned i = 0; !taken && i < table.count && i < PARTITIONS_MAX; i++) {
                format_text(name, sizeof(name), "%s%u", info->name, i + 1);
                taken = partition_open(&partition, &table, i) && seed_take(&partition.volume, name);
        }
        return taken;
}

static bool look_at_disks(char *block)
{
        bool taken = false;
        struct reader reader = {.read = read_disk, .block = block};
        blkdev_start();
        for (unsigned i = 0; !taken && (reader.disk = blkdev_get(i)) != NULL; i++) {
                const struct blkdev_info *info = blkdev_info(reader.disk);
                reader.bytes = blkdev_sectors(reader.disk) * BLKDEV_SECTOR & ~(uint64_t)(info->block_bytes - 1);
                reader.cached = UINT64_MAX;
                const struct volume volume = {read_bytes, &reader, reader.bytes};
                taken = seed_take(&volume, info->name) || look_at_partitions(&volume, info);
        }
        return taken;
}

/* ---- Discs ---- */

static void look_at_discs(char *block)
{
        char name[PLATFORM_GIVEN_NAME];
        int64_t bytes;
        bool taken = false;
        struct reader reader = {.read = read_disc, .block = block};
        while (!taken && (bytes = platform_given(PLATFORM_GIVEN_DISC, reader.drive, name, 0, NULL, 0)) != -ENOENT) {
                reader.bytes = bytes > 0 ? (uint64_t)bytes : 0;
                reader.cached = UINT64_MAX;
                const struct volume volume = {read_bytes, &reader, reader.bytes};
                taken = reader.bytes != 0 && seed_take(&volume, name);
                reader.drive++;
        }
}

void instance_disk(void)
{
        char *block = malloc(BLOCK);
        if (block == NULL) {
                log_warning("instance", "no memory to read a disk; none is looked at");
                return;
        }
        if (!look_at_disks(block))
                look_at_discs(block);
        free(block);
}
