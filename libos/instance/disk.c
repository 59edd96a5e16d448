/*
 * Instance data on a disk: NoCloud (label cidata) and OpenStack's config drive (label config-2), ISO 9660 or FAT, on
 * the whole disk or in a partition. Of several such disks and partitions the first counts.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <coracle/blkdev.h>
#include <coracle/log.h>

#include "../block/transfer.h"
#include "cloud/cloud.h"
#include "instance.h"
#include "volume/volume.h"

#define BLOCK      4096u   /* what is read at a time; a multiple of every device's block size */
#define TEXT_MAX   262144u /* bytes of one file */
#define SOURCE_MAX 40u

static char source_name[SOURCE_MAX];
static const struct instance_source source = {INSTANCE_DISK, source_name};

/* ---- Bytes of a device ---- */

struct reader {
        struct blkdev *device;
        uint64_t bytes;  /* whole blocks of the device */
        uint64_t cached; /* offset of `block`, or UINT64_MAX */
        char *block;
};

static int read_block(struct reader *reader, uint64_t offset)
{
        struct block_wait wait;
        const uint64_t left = reader->bytes - offset;
        struct iovec vector = {reader->block, left < BLOCK ? (size_t)left : BLOCK};
        reader->cached = UINT64_MAX;
        block_wait_begin(&wait, reader->device);
        block_io_transfer(&wait.io, BLKDEV_READ, &vector, 1, offset, vector.iov_len);
        const int error = block_wait_end(&wait);
        if (error == 0)
                reader->cached = offset;
        return error != 0 ? -EIO : 0;
}

static int read_bytes(void *ctx, uint64_t offset, void *buffer, size_t bytes)
{
        struct reader *reader = ctx;
        char *to = buffer;
        while (bytes != 0) {
                const uint64_t block = offset & ~(uint64_t)(BLOCK - 1);
                const size_t within = (size_t)(offset - block);
                const size_t now = bytes < BLOCK - within ? bytes : BLOCK - within;
                const int error = reader->cached != block ? read_block(reader, block) : 0;
                if (error != 0)
                        return error;
                memcpy(to, reader->block + within, now);
                to += now;
                offset += now;
                bytes -= now;
        }
        return 0;
}

/* ---- What is on it ---- */

static const char *text_of(int error)
{
        switch (error) {
        case -EISDIR:
                return "it is a directory";
        case -EFBIG:
                return "it is larger than 262144 bytes";
        case -ENOMEM:
                return "there is no memory for it";
        case -EIO:
                return "the disk cannot be read";
        default:
                return "the file system is damaged";
        }
}

/* Reads a file and hands it on. What is not there is not missed. */
static void take(const struct filesystem *filesystem, const char *path,
                 void (*fn)(const struct instance_source *source, const char *text, size_t bytes))
{
        size_t bytes;
        int error;
        char *text = filesystem_load(filesystem, path, TEXT_MAX, &bytes, &error);
        if (text != NULL)
                fn(&source, text, bytes);
        else if (error != -ENOENT)
                log_warning("instance", "%s: %s: %s; it is ignored", source.name, path, text_of(error));
        free(text);
}

/* Whether the file system is one of ours; then all of it has been read. */
static bool take_all(const struct filesystem *filesystem, const char *device)
{
        if (volume_same_name(filesystem->label, "cidata")) {
                format_text(source_name, sizeof(source_name), "NoCloud disk %s", device);
                take(filesystem, "meta-data", cloud_meta_data);
                take(filesystem, "network-config", cloud_network);
                take(filesystem, "user-data", cloud_user_data);
                return true;
        }
        if (volume_same_name(filesystem->label, "config-2")) {
                format_text(source_name, sizeof(source_name), "config drive %s", device);
                take(filesystem, "openstack/latest/meta_data.json", cloud_meta_data);
                take(filesystem, "openstack/latest/network_data.json", cloud_network);
                take(filesystem, "openstack/latest/user_data", cloud_user_data);
                return true;
        }
        return false;
}

static bool look_at(const struct volume *volume, const char *name)
{
        struct filesystem filesystem;
        return (iso_open(&filesystem, volume) && take_all(&filesystem, name)) ||
               (fat_open(&filesystem, volume) && take_all(&filesystem, name));
}

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
                taken = partition_open(&partition, &table, i) && look_at(&partition.volume, name);
        }
        return taken;
}

void instance_disk(void)
{
        struct reader reader = {.cached = UINT64_MAX};
        bool taken = false;
        blkdev_start();
        if (blkdev_count() == 0)
                return;
        reader.block = malloc(BLOCK);
        if (reader.block == NULL) {
                log_warning("instance", "no memory to read a disk; none is looked at");
                return;
        }
        for (unsigned i = 0; !taken && (reader.device = blkdev_get(i)) != NULL; i++) {
                const struct blkdev_info *info = blkdev_info(reader.device);
                reader.bytes = blkdev_sectors(reader.device) * BLKDEV_SECTOR & ~(uint64_t)(info->block_bytes - 1);
                reader.cached = UINT64_MAX;
                const struct volume volume = {read_bytes, &reader, reader.bytes};
                taken = look_at(&volume, info->name) || look_at_partitions(&volume, info);
        }
        free(reader.block);
}
