/* The FAT file system that coracle image writes, read back as the specification says, at sizes where its kind changes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/cli/make_image/fat.h"

#define SECTOR  512u
#define CLUSTER 2048u /* the smallest */

struct volume {
        struct text bytes;
        uint32_t cluster_bytes, fat_start, root_start, data_start, clusters;
};

static uint32_t get(const struct text *text, size_t at, unsigned bytes)
{
        uint32_t value = 0;
        for (unsigned i = 0; i < bytes; i++)
                value |= (uint32_t)(unsigned char)text->bytes[at + i] << (8 * i);
        return value;
}

/* Microsoft's specification, "FAT type determination". */
static void open_volume(struct volume *volume)
{
        const struct text *bytes = &volume->bytes;
        const uint32_t sectors = get(bytes, 19, 2) != 0 ? get(bytes, 19, 2) : get(bytes, 32, 4);
        const uint32_t root = get(bytes, 17, 2) * 32 / SECTOR;
        assert_int_equal((uint64_t)sectors * SECTOR, bytes->length);
        assert_int_equal(get(bytes, 510, 2), 0xaa55);
        volume->cluster_bytes = get(bytes, 13, 1) * SECTOR;
        volume->fat_start = get(bytes, 14, 2) * SECTOR;
        volume->root_start = volume->fat_start + get(bytes, 16, 1) * get(bytes, 22, 2) * SECTOR;
        volume->data_start = volume->root_start + root * SECTOR;
        volume->clusters = (sectors - volume->data_start / SECTOR) / (volume->cluster_bytes / SECTOR);
        /* The table has room for all of them. */
        const uint32_t table = get(bytes, 22, 2) * SECTOR;
        assert_true(volume->clusters < 4085 ? (volume->clusters + 2) * 3 / 2 <= table
                                            : (volume->clusters + 2) * 2 <= table);
        assert_true(volume->clusters < 65525);
}

static uint32_t next_cluster(const struct volume *volume, uint32_t cluster)
{
        if (volume->clusters >= 4085)
                return get(&volume->bytes, volume->fat_start + cluster * 2, 2);
        const uint32_t pair = get(&volume->bytes, volume->fat_start + cluster * 3 / 2, 2);
        const uint32_t value = cluster % 2 != 0 ? pair >> 4 : pair & 0xfff;
        return value >= 0xff8 ? 0xffff : value;
}

/* The entry's first cluster. */
static uint32_t find(const struct volume *volume, size_t directory, const char *name, uint32_t *bytes)
{
        for (size_t at = directory; volume->bytes.bytes[at] != '\0'; at += 32) {
                if (memcmp(volume->bytes.bytes + at, name, 11) == 0) {
                        *bytes = get(&volume->bytes, at + 28, 4);
                        return get(&volume->bytes, at + 26, 2);
                }
        }
        fail_msg("there is no %s", name);
        return 0;
}

static size_t place(const struct volume *volume, uint32_t cluster)
{
        assert_in_range(cluster, 2, volume->clusters + 1);
        return volume->data_start + (size_t)(cluster - 2) * volume->cluster_bytes;
}

static void reads_back(uint64_t file_bytes, uint64_t more_sectors)
{
        struct text file = {0};
        struct volume volume = {.bytes = {0}};
        char *contents = malloc((size_t)file_bytes);
        assert_non_null(contents);
        for (size_t i = 0; i < file_bytes; i++)
                contents[i] = (char)(i * 31 + i / 251);
        text_add_bytes(&file, contents, (size_t)file_bytes);
        const uint64_t first = fat_make(&volume.bytes, fat_sectors(file_bytes) + more_sectors, 2048, 0x12345678, &file);
        open_volume(&volume);

        uint32_t bytes;
        uint32_t cluster = find(&volume, volume.root_start, "EFI        ", &bytes);
        cluster = find(&volume, place(&volume, cluster), "BOOT       ", &bytes);
        cluster = find(&volume, place(&volume, cluster), "BOOTX64 EFI", &bytes);
        assert_int_equal(bytes, file_bytes);
        assert_int_equal(place(&volume, cluster), first * SECTOR);
        for (size_t done = 0; done < file_bytes; done += volume.cluster_bytes) {
                const size_t left = (size_t)file_bytes - done;
                assert_int_equal(place(&volume, cluster), first * SECTOR + done);
                assert_memory_equal(volume.bytes.bytes + place(&volume, cluster), contents + done,
                                    left < volume.cluster_bytes ? left : volume.cluster_bytes);
                cluster = next_cluster(&volume, cluster);
        }
        assert_int_equal(cluster, 0xffff);
        text_free(&volume.bytes);
        text_free(&file);
        free(contents);
}

static void small_files_are_read_back(void **state)
{
        (void)state;
        for (uint64_t bytes = 4096; bytes <= 65536; bytes += 4096)
                reads_back(bytes, 0);
}

/* One page of EDK II's driver for the directories, and the file from the next on: what fat.c says. */
static void the_file_begins_with_a_page_of_the_firmware(void **state)
{
        (void)state;
        struct text file = {0};
        struct volume volume = {.bytes = {0}};
        char contents[90112] = {0};
        text_add_bytes(&file, contents, sizeof(contents));
        const uint64_t first = fat_make(&volume.bytes, 2014, 2048, 0x12345678, &file);
        open_volume(&volume);
        assert_int_equal(first * SECTOR, volume.root_start + 8192);
        text_free(&volume.bytes);
        text_free(&file);
}

/* 4,085 clusters make FAT16 of FAT12. */
static void files_are_read_back_where_the_kind_changes(void **state)
{
        (void)state;
        for (uint64_t clusters = 4040; clusters <= 4090; clusters++)
                reads_back(clusters * CLUSTER, 0);
        for (uint64_t more = 0; more < 256; more += 3)
                reads_back(4060 * CLUSTER, more);
}

/* 65,525 clusters would make FAT32 of FAT16: clusters become larger. */
static void files_are_read_back_where_clusters_grow(void **state)
{
        (void)state;
        for (uint64_t clusters = 65515; clusters <= 65530; clusters += 5)
                reads_back(clusters * CLUSTER, 0);
}

static void room_is_left_free(void **state)
{
        (void)state;
        reads_back(100000, 100000);
}

static void what_is_too_large_is_refused(void **state)
{
        (void)state;
        assert_int_equal(fat_sectors(UINT64_C(1) << 31), 0);
        assert_int_not_equal(fat_sectors(UINT64_C(1) << 30), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(small_files_are_read_back),
                cmocka_unit_test(the_file_begins_with_a_page_of_the_firmware),
                cmocka_unit_test(files_are_read_back_where_the_kind_changes),
                cmocka_unit_test(files_are_read_back_where_clusters_grow),
                cmocka_unit_test(room_is_left_free),
                cmocka_unit_test(what_is_too_large_is_refused),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
