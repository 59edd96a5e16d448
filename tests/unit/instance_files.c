/* Instance data's files: which are kept, and the tree of them and the image's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include <coracle/log.h>
#include <coracle/memory.h>
#include <libos/fs/tree.h>
#include <libos/fs/tree_memory.h>
#include <libos/instance/files.h>
#include <platform.h>

static const struct instance_source fw_cfg = {INSTANCE_FW_CFG, "fw_cfg"};
static const struct instance_source disk = {INSTANCE_DISK, "disk"};
static char logged[8000];
static size_t regions;

void log_write(enum log_level level, const char *room, const char *format, ...)
{
        va_list arguments;
        (void)room;
        if (level == LOG_INFO)
                return;
        size_t used = strlen(logged);
        va_start(arguments, format);
        used += (size_t)vsnprintf(logged + used, sizeof(logged) - used, format, arguments);
        va_end(arguments);
        snprintf(logged + used, sizeof(logged) - used, "\n");
}

const char *instance_shown(const char *text, struct instance_shown *shown)
{
        snprintf(shown->text, sizeof(shown->text), "%s", text);
        return shown->text;
}

void *region_alloc(size_t bytes, size_t guard_bytes)
{
        (void)guard_bytes;
        void *region = aligned_alloc(PLATFORM_PAGE_SIZE, bytes);
        memset(region, 0, bytes);
        regions += bytes;
        return region;
}

void region_free(void *region, size_t bytes, size_t guard_bytes)
{
        (void)guard_bytes;
        regions -= bytes;
        free(region);
}

int platform_protect(void *address, size_t bytes, bool writable)
{
        (void)address;
        (void)bytes;
        (void)writable;
        return 0;
}

/* The image's own tree. */
struct image {
        struct carried_tree tree;
        struct carried_entry entries[5];
        char paths[5][8];
        char data[6];
};
struct image image __asm__("coracle_carried_tree");

static void make_image(void)
{
        static const char *const paths[] = {"", "a", "a-b", "a/f", "z"};
        image.tree.count = 5;
        memcpy(image.data, "image", 6);
        for (unsigned i = 0; i < 5; i++) {
                const bool directory = i < 2;
                strcpy(image.paths[i], paths[i]);
                image.entries[i] = (struct carried_entry){
                        .path = (uint32_t)((char *)image.paths[i] - (char *)&image),
                        .mode = directory ? S_IFDIR | 0555 : S_IFREG | 0444,
                        .data = directory ? 0 : (uint64_t)((char *)image.data - (char *)&image),
                        .size = directory ? 0 : 5,
                };
        }
}

static const char *content(const char *path)
{
        static char text[20];
        const struct carried_entry *entry = tree_lookup(path);
        if (entry == NULL || tree_is_directory(entry))
                return entry == NULL ? "nothing" : "directory";
        memcpy(text, tree_data(entry), entry->size);
        text[entry->size] = '\0';
        return text;
}

static void put(const struct instance_source *source, const char *path, const char *text)
{
        instance_file(source, path, text, strlen(text));
}

static void merge(void)
{
        unsigned count;
        const struct instance_file *files = instance_files(&count);
        tree_replace(NULL);
        struct carried_tree *tree = files_merge(tree_now(), files, count);
        assert_non_null(tree);
        tree_replace(tree);
        for (uint32_t i = 1; i < tree->count; i++)
                assert_true(strcmp(tree_path(tree_entry(i - 1)), tree_path(tree_entry(i))) < 0);
}

static void end_merge(void)
{
        free((void *)(uintptr_t)tree_now());
        tree_replace(NULL);
}

static void files_are_beside_the_images_and_in_front_of_them(void **state)
{
        (void)state;
        make_image();
        put(&fw_cfg, "/a/f", "given");
        put(&fw_cfg, "//a/new/x", "x");
        put(&fw_cfg, "a.b", "");
        put(&fw_cfg, "a/f/below", "no");
        put(&fw_cfg, "z/below", "no");
        put(&fw_cfg, "a", "no");
        put(&disk, "a/f", "no: fw_cfg has it");
        put(&disk, "b/c", "first");
        put(&disk, "b/c", "second");
        put(&disk, "b", "no");
        merge();
        assert_string_equal(content("a/f"), "given");
        assert_string_equal(content("a/new/x"), "x");
        assert_string_equal(content("a/new"), "directory");
        assert_string_equal(content("a.b"), "");
        assert_string_equal(content("z"), "image");
        assert_string_equal(content("a-b"), "image");
        assert_string_equal(content("a"), "directory");
        assert_string_equal(content("b/c"), "second");
        assert_string_equal(logged, "fw_cfg: file \"a/f/below\": its path makes a directory of a file; it is left out\n"
                                    "fw_cfg: file \"a\": its path makes a directory of a file; it is left out\n"
                                    "disk: file \"b\": its path makes a directory of a file; it is left out\n"
                                    "file \"z/below\": the image has a file on the way at that path; it is left out\n");
        assert_true(tree_memory_holds(tree_data(tree_lookup("b/c"))));
        assert_true(tree_memory_holds((const char *)tree_data(tree_lookup("b/c")) + 4095));
        assert_false(tree_memory_holds((const char *)tree_data(tree_lookup("b/c")) + 4096));
        end_merge();
}

static void paths_that_are_none_are_refused(void **state)
{
        static const char *const bad[] = {"",   "/",   "..",  "a/..",     "../a",   "./a",  "a//b",
                                          "a/", "a/.", "dev", "dev/null", "/dev/x", "a\nb", "\033"};
        char path[INSTANCE_PATH_MAX + 3];
        unsigned before, after;
        (void)state;
        instance_files(&before);
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                logged[0] = '\0';
                put(&fw_cfg, bad[i], "x");
                assert_non_null(strstr(logged, "not a path that a file can have here; it is left out\n"));
        }
        memset(path, 'p', sizeof(path));
        path[INSTANCE_PATH_MAX + 1] = '\0';
        put(&fw_cfg, path, "x");
        instance_files(&after);
        assert_int_equal(before, after);
        path[INSTANCE_PATH_MAX] = '\0';
        put(&fw_cfg, path, "x");
        put(&fw_cfg, "developer", "x");
        put(&fw_cfg, "..a", "x");
        instance_files(&after);
        assert_int_equal(before + 3, after);
}

static void what_is_too_much_is_refused(void **state)
{
        char *big = calloc(1, INSTANCE_FILE_MAX + 1);
        char path[20];
        (void)state;
        logged[0] = '\0';
        instance_file(&disk, "big", big, INSTANCE_FILE_MAX + 1);
        assert_string_equal(logged, "disk: file \"big\": larger than 1 MiB; it is left out\n");
        logged[0] = '\0';
        for (unsigned i = 0; i < 4; i++) {
                snprintf(path, sizeof(path), "big%u", i);
                instance_file(&disk, path, big, INSTANCE_FILE_MAX);
        }
        assert_string_equal(logged, "disk: file \"big3\": all files together are larger than 4 MiB; it is left out\n");
        assert_true(regions <= INSTANCE_FILES_MAX);
        logged[0] = '\0';
        for (unsigned i = 0; i < INSTANCE_FILE_COUNT; i++) {
                snprintf(path, sizeof(path), "empty%u", i);
                put(&disk, path, "");
        }
        assert_non_null(strstr(logged, "disk: file \"empty255\": too many files; it is left out\n"));
        free(big);
        make_image();
        merge();
        assert_string_equal(content("empty0"), "");
        end_merge();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(files_are_beside_the_images_and_in_front_of_them),
                cmocka_unit_test(paths_that_are_none_are_refused),
                cmocka_unit_test(what_is_too_much_is_refused),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
