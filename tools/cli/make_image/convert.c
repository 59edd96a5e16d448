/*
 * qemu-img convert, and then the few bytes that it makes at random or from the clock; see convert.h. Where those are:
 * VMDK: "Virtual Disk Format 5.0", the descriptor. VHD: "Virtual Hard Disk Image Format Specification" 1.0, footer.
 * VHDX: MS-VHDX, sections 2.2 and 2.6. VDI: header version 1.1, as in QEMU's block/vdi.c.
 */
#include "convert.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../files/bytes.h"
#include "../files/tool.h"
#include "../message.h"

static void get(const struct output *output, uint64_t offset, void *bytes, size_t count)
{
        const ssize_t got = pread(output->file, bytes, count, (off_t)offset);
        if (got < 0 || (size_t)got != count)
                refuse("%s: what qemu-img wrote cannot be read: %s", output->path,
                       got < 0 ? strerror(errno) : "it is too short");
}

/* ---- VMDK: the descriptor is text in sectors 1 to 20, with a content identifier and the file's name ---- */

#define VMDK_DESCRIPTOR       512u
#define VMDK_DESCRIPTOR_BYTES (20u * 512u)

static const char *base_name(const char *path)
{
        const char *slash = strrchr(path, '/');
        return slash != NULL ? slash + 1 : path;
}

static void settle_vmdk(struct output *output, const struct digest *content)
{
        char text[VMDK_DESCRIPTOR_BYTES + 1];
        get(output, VMDK_DESCRIPTOR, text, VMDK_DESCRIPTOR_BYTES);
        text[VMDK_DESCRIPTOR_BYTES] = '\0';
        const char *identifier = strstr(text, "\nCID="), *name = strstr(text, base_name(output->temporary));
        if (identifier == NULL || name == NULL || name < identifier)
                refuse("%s: qemu-img wrote a VMDK descriptor without a CID or a name", output->path);
        identifier += strlen("\nCID=");
        const char *behind = identifier + strspn(identifier, "0123456789abcdef");
        struct text digits = {0}, settled = {0};
        digest_add_hex(content, &digits);
        text_add_bytes(&settled, text, (size_t)(identifier - text));
        text_add_bytes(&settled, digits.bytes, 8);
        text_add_bytes(&settled, behind, (size_t)(name - behind));
        text_add(&settled, "%s%s", base_name(output->path), name + strlen(base_name(output->temporary)));
        /* The name that will be its own is shorter than the temporary one, by as much as the CID can be longer. */
        pad(&settled, VMDK_DESCRIPTOR_BYTES);
        output_write(output, VMDK_DESCRIPTOR, settled.bytes, VMDK_DESCRIPTOR_BYTES);
        text_free(&digits);
        text_free(&settled);
}

/* ---- VHD: the footer, the last sector, has the time, a checksum of all other bytes, and a UUID ---- */

enum { VHD_TIME = 24, VHD_CHECKSUM = 64, VHD_UUID = 68, VHD_FOOTER = 512 };

static void settle_vhd(struct output *output, const struct digest *content)
{
        unsigned char footer[VHD_FOOTER];
        const off_t end = lseek(output->file, 0, SEEK_END);
        get(output, (uint64_t)end - VHD_FOOTER, footer, sizeof(footer));
        memset(footer + VHD_TIME, 0, 4);
        memset(footer + VHD_CHECKSUM, 0, 4);
        digest_guid(footer + VHD_UUID, content, "vhd");
        uint32_t sum = 0;
        for (unsigned i = 0; i < VHD_FOOTER; i++)
                sum += footer[i];
        for (unsigned i = 0; i < 4; i++)
                footer[VHD_CHECKSUM + i] = (unsigned char)(~sum >> (24 - 8 * i));
        output_write(output, (uint64_t)end - VHD_FOOTER, footer, sizeof(footer));
}

/* ---- VDI: two UUIDs in the header ---- */

enum { VDI_UUID = 0x188, VDI_SNAPSHOT = 0x198 };

static void settle_vdi(struct output *output, const struct digest *content)
{
        uint8_t guid[GUID_BYTES];
        digest_guid(guid, content, "vdi");
        output_write(output, VDI_UUID, guid, sizeof(guid));
        digest_guid(guid, content, "vdi snapshot");
        output_write(output, VDI_SNAPSHOT, guid, sizeof(guid));
}

/*
 * ---- VHDX: two headers, each with a number, of which the higher is the one that counts, GUIDs and a CRC-32C; a log,
 * of no meaning once the file was closed; and the disk's identifier among the metadata ----
 */

enum {
        VHDX_HEADER_1 = 64 * 1024,
        VHDX_HEADER_2 = 128 * 1024,
        VHDX_HEADER_BYTES = 4096,
        VHDX_SEQUENCE = 8,
        VHDX_FILE_WRITE = 16,
        VHDX_DATA_WRITE = 32,
        VHDX_LOG = 48,
        VHDX_LOG_BYTES = 68,
        VHDX_LOG_OFFSET = 72,
        VHDX_REGIONS = 192 * 1024,
        VHDX_TABLE_BYTES = 64 * 1024,
        VHDX_ENTRY_BYTES = 32,
        VHDX_REGION_FIRST = 16,
        VHDX_METADATA_FIRST = 32,
};

static const uint8_t vhdx_metadata_region[GUID_BYTES] = {0x06, 0xa2, 0x7c, 0x8b, 0x90, 0x47, 0x9a, 0x4b,
                                                         0xb8, 0xfe, 0x57, 0x5f, 0x05, 0x0f, 0x88, 0x6e};
static const uint8_t vhdx_virtual_disk_id[GUID_BYTES] = {0xab, 0x12, 0xca, 0xbe, 0xe6, 0xb2, 0x23, 0x45,
                                                         0x93, 0xef, 0xc3, 0x09, 0xe0, 0x00, 0xc7, 0x46};

static uint32_t crc32c(const unsigned char *bytes, size_t count)
{
        uint32_t crc = UINT32_MAX;
        for (size_t i = 0; i < count; i++) {
                crc ^= bytes[i];
                for (unsigned bit = 0; bit < 8; bit++)
                        crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
        }
        return ~crc;
}

static void settle_vhdx_header(struct output *output, unsigned char *header, uint64_t offset, uint64_t sequence,
                               const struct digest *content)
{
        put(header + VHDX_SEQUENCE, 8, sequence);
        digest_guid(header + VHDX_FILE_WRITE, content, "vhdx file");
        digest_guid(header + VHDX_DATA_WRITE, content, "vhdx data");
        put(header + 4, 4, 0);
        put(header + 4, 4, crc32c(header, VHDX_HEADER_BYTES));
        output_write(output, offset, header, VHDX_HEADER_BYTES);
}

static void settle_vhdx_headers(struct output *output, const struct digest *content)
{
        unsigned char first[VHDX_HEADER_BYTES], second[VHDX_HEADER_BYTES];
        get(output, VHDX_HEADER_1, first, sizeof(first));
        get(output, VHDX_HEADER_2, second, sizeof(second));
        uint64_t numbers[2], log_offset;
        uint32_t log_bytes;
        memcpy(&numbers[0], first + VHDX_SEQUENCE, sizeof(numbers[0]));
        memcpy(&numbers[1], second + VHDX_SEQUENCE, sizeof(numbers[1]));
        const bool second_counts = numbers[1] > numbers[0];
        const unsigned char *current = second_counts ? second : first;
        static const uint8_t no_log[GUID_BYTES];
        if (memcmp(current + VHDX_LOG, no_log, GUID_BYTES) != 0)
                refuse("%s: qemu-img left a VHDX file with an open log", output->path);
        memcpy(&log_bytes, current + VHDX_LOG_BYTES, sizeof(log_bytes));
        memcpy(&log_offset, current + VHDX_LOG_OFFSET, sizeof(log_offset));
        struct text zeros = {0};
        pad(&zeros, log_bytes);
        output_write(output, log_offset, zeros.bytes, zeros.length);
        text_free(&zeros);
        settle_vhdx_header(output, first, VHDX_HEADER_1, second_counts ? 1 : 2, content);
        settle_vhdx_header(output, second, VHDX_HEADER_2, second_counts ? 2 : 1, content);
}

/* The entry of a table that begins with a GUID: both kinds have entries of 32 bytes. NULL: there is none. */
static const unsigned char *find_entry(const unsigned char *table, size_t first, const uint8_t guid[GUID_BYTES])
{
        for (size_t at = first; at + VHDX_ENTRY_BYTES <= VHDX_TABLE_BYTES; at += VHDX_ENTRY_BYTES) {
                if (memcmp(table + at, guid, GUID_BYTES) == 0)
                        return table + at;
        }
        return NULL;
}

static void settle_vhdx(struct output *output, const struct digest *content)
{
        static unsigned char table[VHDX_TABLE_BYTES];
        uint64_t region = 0;
        uint32_t item = 0;
        settle_vhdx_headers(output, content);
        get(output, VHDX_REGIONS, table, sizeof(table));
        const unsigned char *entry = find_entry(table, VHDX_REGION_FIRST, vhdx_metadata_region);
        if (entry != NULL) {
                memcpy(&region, entry + GUID_BYTES, sizeof(region));
                get(output, region, table, sizeof(table));
                entry = find_entry(table, VHDX_METADATA_FIRST, vhdx_virtual_disk_id);
        }
        if (entry == NULL)
                refuse("%s: qemu-img wrote a VHDX file without an identifier", output->path);
        memcpy(&item, entry + GUID_BYTES, sizeof(item));
        uint8_t guid[GUID_BYTES];
        digest_guid(guid, content, "vhdx disk");
        output_write(output, region + item, guid, sizeof(guid));
}

/* A format's name for qemu-img, its options, and what is settled afterwards. */
static const struct {
        const char *name, *options;
        void (*settle)(struct output *output, const struct digest *content);
} formats[] = {
        [FORMAT_QCOW2] = {"qcow2", NULL, NULL},
        [FORMAT_VMDK] = {"vmdk", NULL, settle_vmdk},
        [FORMAT_VHDX] = {"vhdx", NULL, settle_vhdx},
        [FORMAT_VHD] = {"vpc", "subformat=fixed,force_size=on", settle_vhd},
        [FORMAT_VDI] = {"vdi", NULL, settle_vdi},
};

void convert(struct output *output, const char *raw, enum image_format format, const struct digest *content)
{
        const char *const argv[] = {"qemu-img",
                                    "convert",
                                    "-f",
                                    "raw",
                                    "-O",
                                    formats[format].name,
                                    raw,
                                    output->temporary,
                                    formats[format].options != NULL ? "-o" : NULL,
                                    formats[format].options,
                                    NULL};
        tool_run((char *const *)argv, "qemu-utils");
        if (formats[format].settle != NULL)
                formats[format].settle(output, content);
}
