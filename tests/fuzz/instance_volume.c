/*
 * A disk with instance data comes from outside: whatever is on it, looking for files ends, and within bounds. The first
 * byte says which file system is tried, and whether in a partition; the rest is the disk from its first byte (FAT,
 * partitions) or from its 16th sector (ISO 9660 leaves what is before to others); all else of a few MiB is zero.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libos/instance/volume/volume.h>

#define DISK_BYTES (4u << 20)
#define READS_MAX  100000u

struct disk {
        const uint8_t *data;
        size_t start, bytes; /* where on the disk the data are */
        unsigned reads;
};

static int read_disk(void *ctx, uint64_t offset, void *buffer, size_t bytes)
{
        struct disk *disk = ctx;
        if (offset > DISK_BYTES || bytes > DISK_BYTES - offset || ++disk->reads > READS_MAX)
                abort();
        uint8_t *to = buffer;
        for (size_t i = 0; i < bytes; i++) {
                const uint64_t at = offset + i - disk->start;
                to[i] = at < disk->bytes ? disk->data[at] : 0;
        }
        return 0;
}

static void load(const struct filesystem *filesystem, const char *path)
{
        size_t bytes = 0;
        int error = 0;
        char *text = filesystem_load(filesystem, path, 65536, &bytes, &error);
        if ((text == NULL) != (error < 0) || (text != NULL && (bytes > 65536 || text[bytes] != '\0')))
                abort();
        free(text);
}

static void look(const struct volume *volume, bool iso)
{
        struct filesystem filesystem;
        const bool opened = iso ? iso_open(&filesystem, volume) : fat_open(&filesystem, volume);
        if (!opened)
                return;
        if (strnlen(filesystem.label, VOLUME_LABEL_MAX) == VOLUME_LABEL_MAX)
                abort();
        load(&filesystem, "meta-data");
        load(&filesystem, "openstack/latest/user_data");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
        struct partition partition;
        if (bytes == 0)
                return 0;
        const bool iso = (data[0] & 1) != 0, in_partition = (data[0] & 2) != 0;
        struct disk disk = {data + 1, iso && !in_partition ? 32768 : 0, bytes - 1, 0};
        const struct volume volume = {read_disk, &disk, DISK_BYTES};
        if (!in_partition)
                look(&volume, iso);
        struct partition_table table;
        if (!in_partition || !partition_table_open(&table, &volume, (data[0] & 4) != 0 ? 4096 : 512))
                return 0;
        for (unsigned i = 0; i < PARTITIONS_MAX; i++) {
                disk.reads = 0;
                if (partition_open(&partition, &table, i))
                        look(&partition.volume, iso);
        }
        return 0;
}
