/*
 * Partitions of a disk: the primary ones of a master boot record, or those of a GUID partition table (UEFI 2.10,
 * section 5). Checksums and backup tables are not looked at: where a partition lies is checked, and what is in it is
 * known by its file system or not at all.
 */
#include <errno.h>
#include <string.h>

#include "volume.h"

#define MBR_SIGNATURE  510u
#define MBR_ENTRIES    446u /* four of 16 bytes: table 5-1 */
#define MBR_ENTRY      16u
#define MBR_COUNT      4u
#define MBR_TYPE       4u
#define MBR_START      8u
#define MBR_SECTORS    12u
#define MBR_PROTECTIVE 0xeeu /* the disk has a GPT: table 5-4 */

#define GPT_HEADER_BYTES 92u /* in block 1: table 5-5 */
#define GPT_TABLE        72u
#define GPT_COUNT        80u
#define GPT_ENTRY_BYTES  84u
#define GPT_ENTRY_LEAST  128u /* table 5-6 */
#define GPT_ENTRY_MOST   4096u
#define GPT_TYPE_BYTES   16u
#define GPT_FIRST        32u
#define GPT_LAST         40u

static int read_partition(void *ctx, uint64_t offset, void *buffer, size_t bytes)
{
        const struct partition *partition = ctx;
        return volume_read(partition->disk, partition->start + offset, buffer, bytes);
}

/* Blocks `first` on, if they lie in the disk. */
static bool set(struct partition *partition, const struct volume *disk, uint32_t block, uint64_t first, uint64_t count)
{
        const uint64_t blocks = disk->bytes / block;
        if (first == 0 || count == 0 || first >= blocks || count > blocks - first)
                return false;
        *partition = (struct partition){.disk = disk, .start = first * block};
        partition->volume = (struct volume){read_partition, partition, count * block};
        return true;
}

bool partition_table_open(struct partition_table *table, const struct volume *disk, uint32_t block)
{
        uint8_t header[GPT_HEADER_BYTES];
        *table = (struct partition_table){.disk = disk, .block = block};
        if (volume_read(disk, 0, table->record, sizeof(table->record)) != 0 ||
            volume_little(table->record + MBR_SIGNATURE, 2) != 0xaa55)
                return false;
        table->count = MBR_COUNT;
        for (unsigned i = 0; i < MBR_COUNT; i++)
                table->is_gpt |= table->record[MBR_ENTRIES + i * MBR_ENTRY + MBR_TYPE] == MBR_PROTECTIVE;
        if (!table->is_gpt)
                return true;
        if (volume_read(disk, block, header, sizeof(header)) != 0 || memcmp(header, "EFI PART", 8) != 0)
                return false;
        table->first_entry = volume_little(header + GPT_TABLE, 8);
        table->entry_bytes = (uint32_t)volume_little(header + GPT_ENTRY_BYTES, 4);
        table->count = (uint32_t)volume_little(header + GPT_COUNT, 4);
        return table->entry_bytes >= GPT_ENTRY_LEAST && table->entry_bytes <= GPT_ENTRY_MOST &&
               table->first_entry < disk->bytes / block;
}

static bool open_gpt(struct partition *partition, const struct partition_table *table, unsigned number)
{
        uint8_t entry[GPT_ENTRY_LEAST];
        static const uint8_t unused[GPT_TYPE_BYTES];
        const uint64_t at = table->first_entry * table->block + (uint64_t)number * table->entry_bytes;
        if (volume_read(table->disk, at, entry, sizeof(entry)) != 0)
                return false;
        const uint64_t first = volume_little(entry + GPT_FIRST, 8), last = volume_little(entry + GPT_LAST, 8);
        return memcmp(entry, unused, GPT_TYPE_BYTES) != 0 && last >= first && last != UINT64_MAX &&
               set(partition, table->disk, table->block, first, last - first + 1);
}

bool partition_open(struct partition *partition, const struct partition_table *table, unsigned number)
{
        if (number >= table->count)
                return false;
        if (table->is_gpt)
                return open_gpt(partition, table, number);
        const uint8_t *entry = table->record + MBR_ENTRIES + number * MBR_ENTRY;
        return entry[MBR_TYPE] != 0 && set(partition, table->disk, table->block, volume_little(entry + MBR_START, 4),
                                           volume_little(entry + MBR_SECTORS, 4));
}
