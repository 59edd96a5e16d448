/* Lookup in a carried tree and walking its directories, against a plain search over trees made at random. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include <libos/fs/tree.h>
#include <libos/fs/tree_memory.h>

#define ENTRIES_MAX 200
#define PATH_BYTES  64

/* What the linker would have put there. */
struct storage {
        struct carried_tree tree;
        struct carried_entry entries[ENTRIES_MAX];
        char paths[ENTRIES_MAX][PATH_BYTES];
};
struct storage storage __asm__("coracle_carried_tree");

static char wanted[ENTRIES_MAX][PATH_BYTES];
static uint32_t wanted_count;

static int by_bytes(const void *a, const void *b)
{
        return strcmp(a, b);
}

static bool has(const char *path)
{
        for (uint32_t i = 0; i < wanted_count; i++) {
                if (strcmp(wanted[i], path) == 0)
                        return true;
        }
        return false;
}

/* Adds a path with the directories on the way. */
static void add(const char *path)
{
        char part[PATH_BYTES];
        for (size_t i = 0; i <= strlen(path); i++) {
                if (path[i] != '/' && path[i] != '\0')
                        continue;
                memcpy(part, path, i);
                part[i] = '\0';
                if (!has(part) && wanted_count < ENTRIES_MAX)
                        strcpy(wanted[wanted_count++], part);
        }
}

static bool is_directory(const char *path)
{
        size_t length = strlen(path);
        for (uint32_t i = 0; i < wanted_count; i++) {
                if (strncmp(wanted[i], path, length) == 0 && wanted[i][length] == '/')
                        return true;
        }
        return length == 0;
}

static void build(void)
{
        qsort(wanted, wanted_count, PATH_BYTES, by_bytes);
        storage.tree.count = wanted_count;
        for (uint32_t i = 0; i < wanted_count; i++) {
                strcpy(storage.paths[i], wanted[i]);
                storage.entries[i] = (struct carried_entry){
                        .path = (uint32_t)((char *)storage.paths[i] - (char *)&storage),
                        .mode = is_directory(wanted[i]) ? S_IFDIR | 0555 : S_IFREG | 0444,
                };
        }
}

static void clear(void)
{
        wanted_count = 0;
        strcpy(wanted[wanted_count++], "");
}

static void check_everything(void)
{
        for (uint32_t i = 0; i < wanted_count; i++) {
                const struct carried_entry *entry = tree_lookup(wanted[i]);
                assert_non_null(entry);
                assert_int_equal(tree_index(entry), i);
                assert_string_equal(tree_path(entry), wanted[i]);
                if (!tree_is_directory(entry))
                        continue;
                uint32_t position = 0;
                const char *name;
                size_t length = strlen(wanted[i]);
                size_t prefix = length == 0 ? 0 : length + 1;
                for (uint32_t j = 1; j < wanted_count; j++) { /* what the directory must hold, in order */
                        if (prefix != 0 && (strncmp(wanted[j], wanted[i], length) != 0 || wanted[j][length] != '/'))
                                continue;
                        if (strchr(wanted[j] + prefix, '/') != NULL)
                                continue;
                        const struct carried_entry *found = tree_next(entry, &position, &name);
                        assert_non_null(found);
                        assert_int_equal(tree_index(found), j);
                        assert_string_equal(name, wanted[j] + prefix);
                }
                assert_null(tree_next(entry, &position, &name));
                assert_null(tree_next(entry, &position, &name));
        }
}

static void names_that_sort_between_a_directory_and_its_files_do_no_harm(void **state)
{
        (void)state;
        clear();
        add("a");
        add("a/b");
        add("a/b/c");
        add("a-b");
        add("a.txt");
        add("a0");
        add("ab/x");
        add("\xc3\xa4/\xff");
        build();
        check_everything();
        assert_null(tree_lookup("a/"));
        assert_null(tree_lookup("a/b/"));
        assert_null(tree_lookup("/a"));
        assert_null(tree_lookup("a/bb"));
        assert_null(tree_lookup("zzz"));
        assert_null(tree_lookup("\xff\xff"));
}

static void an_empty_tree_is_an_empty_root(void **state)
{
        uint32_t position = 0;
        const char *name;
        (void)state;
        clear();
        build();
        assert_true(tree_is_directory(tree_lookup("")));
        assert_null(tree_next(tree_lookup(""), &position, &name));
        assert_null(tree_lookup("x"));
}

static void trees_made_at_random_hold_what_was_put_in(void **state)
{
        static const char letters[] = "ab-./0";
        (void)state;
        srand(1);
        for (int round = 0; round < 300; round++) {
                clear();
                for (int i = rand() % 40; i >= 0; i--) {
                        char path[PATH_BYTES];
                        int length = 1 + rand() % 9;
                        for (int j = 0; j < length; j++) {
                                char c = letters[(size_t)rand() % (sizeof(letters) - 1)];
                                bool slash_allowed = j != 0 && path[j - 1] != '/' && j != length - 1;
                                path[j] = c == '/' && !slash_allowed ? 'x' : c;
                        }
                        path[length] = '\0';
                        add(path);
                }
                build();
                check_everything();
                for (int i = 0; i < 50; i++) {
                        char path[4] = {letters[rand() % 6], letters[rand() % 6], letters[rand() % 6], '\0'};
                        assert_int_equal(tree_lookup(path) != NULL, has(path));
                }
        }
}

static void an_address_in_the_tree_is_known(void **state)
{
        (void)state;
        clear();
        add("f");
        add("g");
        build();
        assert_false(tree_memory_holds(&storage));
        storage.entries[1].size = 10;
        storage.entries[1].data = 4096;
        assert_true(tree_memory_holds(&storage));
        assert_true(tree_memory_holds((char *)&storage + 8191));
        assert_false(tree_memory_holds((char *)&storage + 8192));
        assert_false(tree_memory_holds((char *)&storage - 1));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_that_sort_between_a_directory_and_its_files_do_no_harm),
                cmocka_unit_test(an_empty_tree_is_an_empty_root),
                cmocka_unit_test(trees_made_at_random_hold_what_was_put_in),
                cmocka_unit_test(an_address_in_the_tree_is_known),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
