/* Writes a partition table; see gpt.h. Numbers of tables are those of UEFI 2.10, section 5. */
#include "gpt.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "../files/bytes.h"

#define ENTRIES       128u
#define ENTRY_BYTES   128u
#define HEADER_BYTES  92u
#define TABLE_SECTORS (ENTRIES * ENTRY_BYTES / SECTOR_BYTES)

/* GUIDs in their order on the disk. */
static const uint8_t types[][GUID_BYTES] = {
        [GPT_EFI_SYSTEM] = {0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11, 0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9,
                            0x3b}, /* c12a7328-f81f-11d2-ba4b-00a0c93ec93b: table 5-7 */
        [GPT_LINUX_DATA] = {0xaf, 0x3d, 0xc6, 0x0f, 0x83, 0x84, 0x72, 0x47, 0x8e, 0x79, 0x3d, 0x69, 0xd8, 0x47, 0x7d,
                            0xe4}, /* 0fc63daf-8483-4772-8e79-3d69d8477de4: what sgdisk calls 8300 */
};

static uint32_t checksum(const void *bytes, size_t count)
{
        return (uint32_t)crc32(crc32(0, Z_NULL, 0), bytes, (unsigned)count);
}

/* One entry that covers the disk, so that tools that know no GPT see no free space (table 5-4). */
static void put_protective_mbr(unsigned char *at, uint64_t sectors)
{
        unsigned char *entry = at + 446;
        put(entry + 1, 3, 0x000200);
        entry[4] = 0xee;
        put(entry + 5, 3, 0xffffff);
        put(entry + 8, 4, 1);
        put(entry + 12, 4, sectors - 1 < UINT32_MAX ? sectors - 1 : UINT32_MAX);
        put(at + 510, 2, 0xaa55);
}

static void put_header(unsigned char *at, uint64_t self, uint64_t other, uint64_t table, uint64_t sectors,
                       const uint8_t guid[GUID_BYTES], uint32_t table_checksum)
{
        memcpy(at, "EFI PART", 8);
        put(at + 8, 4, 0x00010000);
        put(at + 12, 4, HEADER_BYTES);
        put(at + 24, 8, self);
        put(at + 32, 8, other);
        put(at + 40, 8, GPT_SECTORS);
        put(at + 48, 8, sectors - GPT_SECTORS);
        memcpy(at + 56, guid, GUID_BYTES);
        put(at + 72, 8, table);
        put(at + 80, 4, ENTRIES);
        put(at + 84, 4, ENTRY_BYTES);
        put(at + 88, 4, table_checksum);
        put(at + 16, 4, checksum(at, HEADER_BYTES));
}

static void put_partition(unsigned char *at, const struct gpt_partition *partition, unsigned number,
                          const struct digest *content)
{
        char purpose[32];
        snprintf(purpose, sizeof(purpose), "partition %u", number);
        memcpy(at, types[partition->type], GUID_BYTES);
        digest_guid(at + 16, content, purpose);
        put(at + 32, 8, partition->first);
        put(at + 40, 8, partition->first + partition->sectors - 1);
        for (size_t i = 0; i < GPT_LABEL_MAX && partition->label[i] != '\0'; i++)
                at[56 + 2 * i] = (unsigned char)partition->label[i]; /* UTF-16 */
}

void gpt_make(struct text *head, struct text *tail, uint64_t sectors, const struct gpt_partition *partitions,
              unsigned count, const struct digest *content)
{
        unsigned char table[ENTRIES * ENTRY_BYTES] = {0}, first[SECTOR_BYTES] = {0}, last[SECTOR_BYTES] = {0};
        unsigned char mbr[SECTOR_BYTES] = {0};
        uint8_t guid[GUID_BYTES];
        for (unsigned i = 0; i < count && i < ENTRIES; i++)
                put_partition(table + (size_t)i * ENTRY_BYTES, &partitions[i], i + 1, content);
        digest_guid(guid, content, "disk");
        put_protective_mbr(mbr, sectors);
        put_header(first, 1, sectors - 1, 2, sectors, guid, checksum(table, sizeof(table)));
        put_header(last, sectors - 1, 1, sectors - 1 - TABLE_SECTORS, sectors, guid, checksum(table, sizeof(table)));
        text_add_bytes(head, mbr, sizeof(mbr));
        text_add_bytes(head, first, sizeof(first));
        text_add_bytes(head, table, sizeof(table));
        text_add_bytes(tail, table, sizeof(table));
        text_add_bytes(tail, last, sizeof(last));
}
