/*
 * Disks with instance data: files are found on those that xorriso and mkfs.vfat made (the fuzzer's first inputs: the
 * whole disk, or for ISO 9660 what comes from sector 16 on), and what is damaged on them is an error.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include <libos/instance/volume/volume.h>

#define DISK_BYTES (1u << 20)

static uint8_t disk[DISK_BYTES];
static unsigned reads;
static uint64_t bad_at = UINT64_MAX; /* reading this byte fails */

static int read_disk(void *ctx, uint64_t offset, void *buffer, size_t bytes)
{
        (void)ctx;
        assert_true(offset <= DISK_BYTES && bytes <= DISK_BYTES - offset);
        assert_true(++reads < 50000);
        if (bad_at >= offset && bad_at < offset + bytes)
                return -EIO;
        memcpy(buffer, disk + offset, bytes);
        return 0;
}

static const struct volume volume = {read_disk, NULL, DISK_BYTES};

static void insert(const char *name)
{
        char path[100];
        snprintf(path, sizeof(path), "tests/fuzz/instance_volume.corpus/%s", name);
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        memset(disk, 0, sizeof(disk));
        const bool iso = fgetc(file) == 1;
        assert_true(fread(disk + (iso ? 32768 : 0), 1, DISK_BYTES - 32768, file) > 0);
        fclose(file);
        reads = 0;
        bad_at = UINT64_MAX;
}

static bool open_any(struct filesystem *filesystem)
{
        return iso_open(filesystem, &volume) || fat_open(filesystem, &volume);
}

/* The text of a file, or the error's name. */
static const char *load(const char *path)
{
        static char text[100];
        struct filesystem filesystem;
        size_t bytes;
        int error;
        if (!open_any(&filesystem))
                return "no volume";
        char *got = filesystem_load(&filesystem, path, 50, &bytes, &error);
        if (got == NULL)
                return error == -ENOENT   ? "ENOENT"
                       : error == -EISDIR ? "EISDIR"
                       : error == -EFBIG  ? "EFBIG"
                       : error == -EIO    ? "EIO"
                       : error == -EINVAL ? "EINVAL"
                                          : "?";
        assert_int_equal(strlen(got), bytes);
        strcpy(text, got);
        free(got);
        return text;
}

/* Where the n-th of these bytes are on the disk. */
static uint8_t *find(const void *bytes, size_t count, unsigned n)
{
        for (uint8_t *at = disk; at < disk + DISK_BYTES - count; at++) {
                if (memcmp(at, bytes, count) == 0 && n-- == 0)
                        return at;
        }
        fail();
        return NULL;
}

static void files_are_found_on_every_kind_of_disk(void **state)
{
        static const char *const kinds[] = {"rock", "joliet", "fat12"};
        (void)state;
        for (size_t i = 0; i < 3; i++) {
                struct filesystem filesystem;
                insert(kinds[i]);
                assert_true(open_any(&filesystem));
                assert_true(volume_same_name(filesystem.label, "cidata"));
                assert_string_equal(load("meta-data"), "a\n");
                assert_string_equal(load("META-DATA"), "a\n");
                assert_string_equal(load("openstack/latest/user_data"), "b\n");
                assert_string_equal(load("openstack"), "EISDIR");
                assert_string_equal(load("meta-dat"), "ENOENT");
                assert_string_equal(load("meta-data1"), "ENOENT");
                assert_string_equal(load("meta-data/x"), "ENOENT");
                assert_string_equal(load("openstack/none/x"), "ENOENT");
                assert_string_equal(load("."), "ENOENT");
                assert_string_equal(load("a-name-of-more-characters-than-there-is-room-for-in-the-place-for-names"),
                                    "ENOENT");
        }
}

static void what_cannot_be_read_is_an_error(void **state)
{
        static const char *const kinds[] = {"rock", "joliet", "fat12"};
        (void)state;
        for (size_t i = 0; i < 3; i++) {
                insert(kinds[i]);
                bad_at = (uint64_t)(find("b\n\0\0\0\0", 6, 0) - disk);
                assert_string_equal(load("meta-data"), "a\n");
                assert_string_equal(load("openstack/latest/user_data"), "EIO");
        }
        insert("fat12");
        bad_at = 0;
        assert_string_equal(load("meta-data"), "no volume");
}

static void an_empty_disk_is_no_volume(void **state)
{
        const struct volume none = {read_disk, NULL, 0};
        struct filesystem filesystem;
        (void)state;
        memset(disk, 0, sizeof(disk));
        assert_string_equal(load("x"), "no volume");
        memset(disk, 0xff, sizeof(disk));
        assert_string_equal(load("x"), "no volume");
        assert_false(iso_open(&filesystem, &none));
        assert_false(fat_open(&filesystem, &none));
}

/* ---- ISO 9660 ---- */

/* The record of meta-data in the root, by its Rock Ridge name. */
static uint8_t *iso_record(void)
{
        uint8_t *name = find("meta-data", 9, 0);
        for (uint8_t *record = name; record > name - 200; record--) {
                if (record[0] > name - record && record[32] == 11 && memcmp(record + 33, "META_DATA", 8) == 0)
                        return record;
        }
        uint8_t *plain = find("META_DAT", 8, 0);
        return plain - 33;
}

static void a_directory_record_beyond_its_sector_is_damage(void **state)
{
        (void)state;
        insert("rock");
        iso_record()[0] = 255; /* the next one is then part of it */
        assert_string_equal(load("openstack/latest/user_data"), "ENOENT");
        insert("rock");
        iso_record()[0] = 20;
        assert_string_equal(load("meta-data"), "EINVAL");
        insert("rock");
        iso_record()[32] = 250; /* the name */
        assert_string_equal(load("meta-data"), "EINVAL");
        insert("rock");
        iso_record()[32] = 0;
        assert_string_equal(load("meta-data"), "EINVAL");
}

static void an_extent_beyond_the_disk_is_damage(void **state)
{
        (void)state;
        insert("rock");
        memset(iso_record() + 2, 0x7f, 4);
        assert_string_equal(load("meta-data"), "EINVAL");
        insert("rock");
        memset(iso_record() + 10, 0x7f, 4);
        assert_string_equal(load("meta-data"), "EFBIG");
        insert("rock");
        memset(disk + 32768 + 156 + 2, 0xff, 4); /* the root, whose Rock Ridge is then not seen */
        assert_string_equal(load("meta-data"), "EINVAL");
        insert("rock");
        memset(disk + 32768 + 156 + 10, 0xff, 4); /* a root of 4 GiB: other things are no records */
        assert_string_equal(load("none"), "EINVAL");
}

static void files_in_several_extents_and_interleaved_ones_are_refused(void **state)
{
        (void)state;
        insert("rock");
        iso_record()[25] |= 0x80;
        assert_string_equal(load("meta-data"), "EINVAL");
        insert("rock");
        iso_record()[26] = 1;
        assert_string_equal(load("meta-data"), "EINVAL");
}

static void rock_ridge_names_are_bounded(void **state)
{
        (void)state;
        insert("rock");
        uint8_t *name = find("meta-data", 9, 0) - 5; /* NM, length, version, flags */
        assert_memory_equal(name, "NM", 2);
        name[2] = 255; /* longer than the record */
        assert_string_equal(load("openstack/latest/user_data"), "b\n");
        name[2] = 3;
        assert_string_equal(load("openstack/latest/user_data"), "b\n");
        name[2] = 14;
        name[8] = '\0';
        assert_string_equal(load("meta-data"), "ENOENT");
        /* A continuation that is its own. */
        insert("rock");
        uint8_t *record = iso_record();
        const unsigned own = 33u + record[32] + (record[32] % 2 == 0);
        assert_true(record[0] - own >= 28);
        memset(record + own, 0, 28);
        memcpy(record + own, "CE\x1c\x01", 4);
        const uint32_t sector = (uint32_t)((record - disk) / 2048), offset = (uint32_t)((record - disk) % 2048) + own;
        memcpy(record + own + 4, &sector, 4);
        memcpy(record + own + 12, &offset, 4);
        record[own + 20] = 28;
        assert_string_equal(load("openstack/latest/user_data"), "b\n");
        record[own + 21] = 255; /* longer than any */
        assert_string_equal(load("openstack/latest/user_data"), "EINVAL");
        memset(record + own + 4, 0x7f, 4);
        record[own + 21] = 0;
        assert_string_equal(load("openstack/latest/user_data"), "EINVAL");
}

/* ---- FAT ---- */

static uint8_t *fat_record(void)
{
        return find("META-D~1", 8, 0);
}

static void fat_entries_that_lead_nowhere_are_damage(void **state)
{
        (void)state;
        insert("fat12");
        fat_record()[26] = 0xff;
        assert_string_equal(load("meta-data"), "EINVAL");
        insert("fat12");
        fat_record()[26] = 0;
        assert_string_equal(load("meta-data"), "EINVAL");
        insert("fat12");
        fat_record()[26] = 1;
        assert_string_equal(load("meta-data"), "EINVAL");
        insert("fat12");
        fat_record()[29] = 0xff;
        assert_string_equal(load("meta-data"), "EFBIG");
}

static void chains_that_break_or_lead_in_a_circle_end(void **state)
{
        struct filesystem filesystem;
        size_t bytes;
        int error;
        (void)state;
        insert("fat12");
        assert_true(fat_open(&filesystem, &volume));
        fat_record()[30] = 0x04; /* 262146 bytes, in a chain of one cluster */
        assert_null(filesystem_load(&filesystem, "meta-data", 1 << 20, &bytes, &error));
        assert_int_equal(error, -EINVAL);
        /* Every cluster's next is 2. */
        for (unsigned i = 0; i < 170; i++)
                memcpy(disk + filesystem.fat.table + 3 * i, "\x02\x20\x00", 3);
        char *text = filesystem_load(&filesystem, "meta-data", 1 << 20, &bytes, &error);
        assert_non_null(text);
        assert_int_equal(bytes, 262146); /* nonsense, but no more of it than was asked for */
        free(text);
        /* A directory that is full and leads to itself. */
        insert("fat12");
        uint8_t *directory = find("OPENST~1", 8, 0);
        const uint64_t start = filesystem.fat.data + (uint64_t)(directory[26] - 2) * filesystem.fat.cluster_bytes;
        for (uint64_t at = 0; at < filesystem.fat.cluster_bytes; at += 32)
                memcpy(disk + start + at, "NOTHING    \0", 12);
        for (unsigned i = 0; i < 170; i++)
                memcpy(disk + filesystem.fat.table + 3 * i,
                       (uint8_t[3]){directory[26], (uint8_t)(directory[26] << 4), (uint8_t)(directory[26] >> 4)}, 3);
        reads = 0;
        assert_string_equal(load("openstack/latest/user_data"), "ENOENT");
}

static void a_long_name_counts_only_with_its_own_entry(void **state)
{
        (void)state;
        insert("fat12");
        fat_record()[0] = 'N';
        assert_string_equal(load("meta-data"), "ENOENT");
        insert("fat12");
        uint8_t *part = fat_record() - 32;
        part[0] = 0x42; /* the second of two, and the first does not come */
        assert_string_equal(load("meta-data"), "ENOENT");
        part[0] = 0x40;
        assert_string_equal(load("meta-data"), "ENOENT");
        part[0] = 0x5f;
        assert_string_equal(load("meta-data"), "ENOENT");
        assert_string_equal(load("META-D~1"), "a\n");
}

static void boot_sectors_that_contradict_themselves_are_no_volume(void **state)
{
        static const struct {
                unsigned at, bytes;
                uint32_t value;
        } bad[] = {
                {11, 2, 0}, {11, 2, 513},   {11, 2, 256},   {11, 2, 8192}, {13, 1, 0},     {13, 1, 3},     {14, 2, 0},
                {16, 1, 0}, {17, 2, 65535}, {19, 2, 65535}, {22, 2, 0},    {22, 2, 65535}, {510, 1, 0x54}, {511, 1, 0},
        };
        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                insert("fat12");
                for (unsigned byte = 0; byte < bad[i].bytes; byte++)
                        disk[bad[i].at + byte] = (uint8_t)(bad[i].value >> 8 * byte);
                assert_string_equal(load("meta-data"), "no volume");
        }
}

/* ---- Partitions ---- */

static void put(size_t at, uint64_t value, unsigned bytes)
{
        for (unsigned i = 0; i < bytes; i++)
                disk[at + i] = (uint8_t)(value >> 8 * i);
}

/* The FAT disk in a partition that begins at block 64; the label of the file system there, or "none". */
static void insert_partitioned(void)
{
        static uint8_t copy[DISK_BYTES];
        insert("fat12");
        memcpy(copy, disk, DISK_BYTES);
        memset(disk, 0, DISK_BYTES);
        memcpy(disk + 64 * 512, copy, DISK_BYTES - 64 * 512);
        put(510, 0xaa55, 2);
}

static const char *label_of(uint32_t block, unsigned number)
{
        static struct filesystem filesystem;
        static struct partition partition;
        struct partition_table table;
        if (!partition_table_open(&table, &volume, block) || !partition_open(&partition, &table, number))
                return "no partition";
        if (!fat_open(&filesystem, &partition.volume))
                return "no volume";
        size_t bytes;
        int error;
        char *text = filesystem_load(&filesystem, "openstack/latest/user_data", 50, &bytes, &error);
        assert_non_null(text);
        assert_string_equal(text, "b\n");
        free(text);
        return filesystem.label;
}

static void put_mbr(unsigned number, uint8_t type, uint64_t first, uint64_t sectors)
{
        put(446 + 16 * number + 4, type, 1);
        put(446 + 16 * number + 8, first, 4);
        put(446 + 16 * number + 12, sectors, 4);
}

static void put_gpt(uint32_t block, uint64_t table, uint32_t count, uint32_t entry_bytes)
{
        put_mbr(0, 0xee, 1, 0xffffffff);
        memcpy(disk + block, "EFI PART", 8);
        put(block + 72, table, 8);
        put(block + 80, count, 4);
        put(block + 84, entry_bytes, 4);
}

static void put_gpt_entry(size_t at, uint64_t first, uint64_t last)
{
        put(at, 1, 1); /* a type */
        put(at + 32, first, 8);
        put(at + 40, last, 8);
}

static void a_primary_partition_is_a_volume(void **state)
{
        (void)state;
        insert_partitioned();
        put_mbr(2, 0x0c, 64, 1900);
        assert_true(volume_same_name(label_of(512, 2), "cidata"));
        assert_string_equal(label_of(512, 0), "no partition");
        assert_string_equal(label_of(512, 4), "no partition");
        put_mbr(3, 0x83, 100, 100);
        assert_string_equal(label_of(512, 3), "no volume");
        put(510, 0, 2);
        assert_string_equal(label_of(512, 2), "no partition");
}

static void partitions_beyond_the_disk_are_none(void **state)
{
        static const struct {
                uint32_t first, sectors;
        } bad[] = {{0, 100}, {64, 0}, {64, 2048}, {2048, 1}, {UINT32_MAX, UINT32_MAX}, {64, UINT32_MAX}};
        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                insert_partitioned();
                put_mbr(0, 0x0c, bad[i].first, bad[i].sectors);
                assert_string_equal(label_of(512, 0), "no partition");
        }
        insert_partitioned();
        put_mbr(0, 0x0c, 64, 2048 - 64);
        assert_true(volume_same_name(label_of(512, 0), "cidata"));
        bad_at = 0;
        assert_string_equal(label_of(512, 0), "no partition");
}

static void a_partition_of_a_gpt_is_a_volume(void **state)
{
        (void)state;
        insert_partitioned();
        put_gpt(512, 2, 128, 128);
        put_gpt_entry(1024 + 5 * 128, 64, 2000);
        assert_true(volume_same_name(label_of(512, 5), "cidata"));
        assert_string_equal(label_of(512, 4), "no partition");
        put_gpt(512, 2, 5, 128);
        assert_string_equal(label_of(512, 5), "no partition");
        insert_partitioned();
        put_gpt(4096, 3, 4, 256); /* blocks of 4096 bytes */
        put_gpt_entry(3 * 4096 + 256, 8, 200);
        assert_true(volume_same_name(label_of(4096, 1), "cidata"));
        assert_string_equal(label_of(512, 1), "no partition");
}

static void tables_that_make_no_sense_have_no_partitions(void **state)
{
        static const struct {
                uint64_t table;
                uint32_t count, entry_bytes;
                uint64_t first, last;
        } bad[] = {
                {2, 128, 127, 64, 2000},         {2, 128, 0, 64, 2000},   {2, 128, UINT32_MAX, 64, 2000},
                {2048, 128, 128, 64, 2000},      {2, 0, 128, 64, 2000},   {UINT64_MAX, 128, 128, 64, 2000},
                {2, 128, 128, 64, 63},           {2, 128, 128, 64, 2048}, {2, 128, 128, 0, UINT64_MAX},
                {2, 128, 128, 64, UINT64_MAX},   {2, 128, 128, 0, 2000},  {1ull << 55, 128, 128, 64, 2000},
                {2, 128, 128, 1ull << 55, 2000},
        };
        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                insert_partitioned();
                put_gpt(512, bad[i].table, bad[i].count, bad[i].entry_bytes);
                put_gpt_entry(1024, bad[i].first, bad[i].last);
                assert_string_equal(label_of(512, 0), "no partition");
        }
        insert_partitioned();
        put_gpt(512, 2, 128, 128);
        put_gpt_entry(1024, 64, 2000);
        disk[512] = 'e';
        assert_string_equal(label_of(512, 0), "no partition");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(files_are_found_on_every_kind_of_disk),
                cmocka_unit_test(what_cannot_be_read_is_an_error),
                cmocka_unit_test(an_empty_disk_is_no_volume),
                cmocka_unit_test(a_directory_record_beyond_its_sector_is_damage),
                cmocka_unit_test(an_extent_beyond_the_disk_is_damage),
                cmocka_unit_test(files_in_several_extents_and_interleaved_ones_are_refused),
                cmocka_unit_test(rock_ridge_names_are_bounded),
                cmocka_unit_test(fat_entries_that_lead_nowhere_are_damage),
                cmocka_unit_test(chains_that_break_or_lead_in_a_circle_end),
                cmocka_unit_test(a_long_name_counts_only_with_its_own_entry),
                cmocka_unit_test(boot_sectors_that_contradict_themselves_are_no_volume),
                cmocka_unit_test(a_primary_partition_is_a_volume),
                cmocka_unit_test(partitions_beyond_the_disk_are_none),
                cmocka_unit_test(a_partition_of_a_gpt_is_a_volume),
                cmocka_unit_test(tables_that_make_no_sense_have_no_partitions),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
