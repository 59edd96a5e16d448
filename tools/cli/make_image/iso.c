/*
 * The ISO image; see iso.h. For a BIOS, an El Torito boot image without emulation: boot sector and kernel in one file.
 * For UEFI, a FAT file system, appended behind the ISO's own, which the El Torito catalog and a GUID partition table
 * both name. On a disk, the boot code of the first sector reads the kernel out of the first of the two.
 */
#include "iso.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../files/bytes.h"
#include "../files/digest.h"
#include "../files/directory.h"
#include "../files/tool.h"
#include "../message.h"
#include "fat.h"
#include "stubs.h"
#include "platform/x86_64/boot/stub.h"

#define SECTOR          2048u
#define DISK_SECTOR     512u
#define BOOT_RECORD     (17u * SECTOR) /* El Torito 1.0, section 2.0 */
#define BOOT_CATALOG_AT 0x47
#define CATALOG_DEFAULT 32 /* the second entry; its offset 8 has the boot image's sector */
#define CATALOG_SECTOR  8
#define DATE            "1980010100000000"
#define MODIFIED        "--modification-date=1980010100000000"
#define EPOCH           "315532800" /* the same */

static uint32_t get_number(const struct output *output, uint64_t offset)
{
        unsigned char bytes[4];
        if (pread(output->file, bytes, sizeof(bytes), (off_t)offset) != (ssize_t)sizeof(bytes))
                refuse("%s: what xorriso wrote cannot be read", output->path);
        return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void put_boot_code(struct output *output, const struct text *kernel)
{
        unsigned char code[DISK_CODE_BYTES];
        const uint64_t catalog = (uint64_t)get_number(output, BOOT_RECORD + BOOT_CATALOG_AT) * SECTOR;
        const uint64_t image = get_number(output, catalog + CATALOG_DEFAULT + CATALOG_SECTOR);
        memcpy(code, disk_start, sizeof(code));
        put(code + DISK_FILE_AT, 4, image * (SECTOR / DISK_SECTOR) + CD_CODE_BYTES / DISK_SECTOR);
        put(code + DISK_FILE_AT + 4, 4, kernel->length / DISK_SECTOR);
        output_write(output, 0, code, sizeof(code));
}

static void run_xorriso(const struct directory *tree, const struct output *output, const struct digest *content)
{
        struct text guid = {0}, efi = {0}, source = {0};
        uint8_t bytes[GUID_BYTES];
        digest_guid(bytes, content, "iso");
        for (unsigned i = 0; i < GUID_BYTES; i++)
                text_add(&guid, "%02x", bytes[i]);
        text_add(&efi, "%s/efi.img", tree->path.bytes);
        text_add(&source, "%s/iso", tree->path.bytes);
        /* What has a date gets this one, the identifiers that it makes from the date included. */
        setenv("SOURCE_DATE_EPOCH", EPOCH, 1);
        setenv("TZ", "UTC0", 1);
        const char *const argv[] = {"xorriso",
                                    "-as",
                                    "mkisofs",
                                    "-o",
                                    output->temporary,
                                    "-V",
                                    "CORACLE",
                                    "-r",
                                    MODIFIED,
                                    "--set_all_file_dates",
                                    DATE,
                                    "--gpt_disk_guid",
                                    guid.bytes,
                                    "-b",
                                    "boot/coracle.bin",
                                    "-no-emul-boot",
                                    "-boot-load-size",
                                    "4",
                                    "-boot-info-table",
                                    "-c",
                                    "boot/boot.cat",
                                    "-eltorito-alt-boot",
                                    "-e",
                                    "--interval:appended_partition_2:all::",
                                    "-no-emul-boot",
                                    "-append_partition",
                                    "2",
                                    "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
                                    efi.bytes,
                                    "-appended_part_as_gpt",
                                    "-partition_offset",
                                    "16",
                                    source.bytes,
                                    NULL};
        tool_run((char *const *)argv, "xorriso");
        text_free(&guid);
        text_free(&efi);
        text_free(&source);
}

void iso_make(struct output *output, const struct text *kernel)
{
        struct directory tree;
        struct text boot = {0}, volume = {0};
        const struct digest content = digest_of(kernel->bytes, kernel->length);
        const uint64_t sectors = round_up(fat_sectors(kernel->length), SECTOR / DISK_SECTOR);
        uint32_t serial;
        if (sectors == 0)
                refuse("%s: the program is too large for an ISO image: 2 GiB at most", output->path);
        memcpy(&serial, content.bytes, sizeof(serial));
        fat_make(&volume, sectors, 0, serial, kernel);
        text_add_bytes(&boot, cd_start, CD_CODE_BYTES);
        text_add_bytes(&boot, kernel->bytes, kernel->length);

        directory_open(&tree, output->path);
        directory_write(&tree, "iso/boot/coracle.bin", &boot);
        directory_write(&tree, "efi.img", &volume);
        run_xorriso(&tree, output, &content);
        directory_remove(&tree);
        put_boot_code(output, kernel);
        text_free(&boot);
        text_free(&volume);
}
