/*
 * The carried file tree: lookup by binary search over the sorted paths, and walking a directory (tree.h). The tree is
 * made at link time by tools/pack and is trusted.
 */
#include <string.h>
#include <sys/stat.h>

#include <platform.h>

#include "tree.h"
#include "tree_memory.h"

static const struct {
        struct carried_tree tree;
        struct carried_entry root;
        char path[1];
} no_files = {
        .tree = {.count = 1},
        .root = {.mode = S_IFDIR | 0555, .path = sizeof(struct carried_tree) + sizeof(struct carried_entry)},
};

static const struct carried_tree *replaced; /* by tree_replace */

static const struct carried_tree *carried(void)
{
        return &coracle_carried_tree != NULL ? &coracle_carried_tree : &no_files.tree;
}

const struct carried_tree *tree_now(void)
{
        return replaced != NULL ? replaced : carried();
}

void tree_replace(const struct carried_tree *other)
{
        replaced = other;
}

const struct carried_entry *tree_entry(uint32_t index)
{
        return &tree_now()->entry[index];
}

uint32_t tree_index(const struct carried_entry *entry)
{
        return (uint32_t)(entry - tree_now()->entry);
}

const char *tree_path(const struct carried_entry *entry)
{
        return (const char *)tree_now() + entry->path;
}

const void *tree_data(const struct carried_entry *entry)
{
        return (const char *)tree_now() + entry->data;
}

bool tree_is_directory(const struct carried_entry *entry)
{
        return S_ISDIR(entry->mode);
}

static bool page_holds(const struct carried_entry *entry, const void *address)
{
        const uint64_t end = (entry->size + PLATFORM_PAGE_SIZE - 1) & ~(PLATFORM_PAGE_SIZE - 1);
        return (uintptr_t)address - (uintptr_t)tree_data(entry) < end;
}

bool tree_memory_holds(const void *address)
{
        uint64_t end = 0;
        if (replaced != NULL) {
                for (uint32_t i = 0; i < tree_now()->count; i++) {
                        if (page_holds(tree_entry(i), address))
                                return true;
                }
                return false;
        }
        for (uint32_t i = tree_now()->count; i-- != 0 && end == 0;) {
                if (tree_entry(i)->size != 0) /* contents are in the order of the entries: this is the last */
                        end = tree_entry(i)->data + tree_entry(i)->size;
        }
        end = (end + PLATFORM_PAGE_SIZE - 1) & ~(PLATFORM_PAGE_SIZE - 1);
        return (uintptr_t)address - (uintptr_t)tree_now() < end;
}

/*
 * Compares `path` with the first `length` bytes of `prefix` followed by `last`, or by nothing when last is 0; bytes are
 * unsigned, as tools/pack sorts them.
 */
static int compare(const char *path, const char *prefix, size_t length, char last)
{
        int difference = strncmp(path, prefix, length);
        if (difference != 0)
                return difference;
        return (int)(unsigned char)path[length] - (int)(unsigned char)last;
}

/* The first entry whose path is not below prefix + last. */
static uint32_t lower_bound(const char *prefix, size_t length, char last)
{
        uint32_t low = 0;
        uint32_t high = tree_now()->count;
        while (low < high) {
                uint32_t middle = low + (high - low) / 2;
                if (compare(tree_path(tree_entry(middle)), prefix, length, last) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

const struct carried_entry *tree_lookup(const char *path)
{
        uint32_t index = lower_bound(path, strlen(path), '\0');
        if (index == tree_now()->count || strcmp(tree_path(tree_entry(index)), path) != 0)
                return NULL;
        return tree_entry(index);
}

const struct carried_entry *tree_next(const struct carried_entry *directory, uint32_t *position, const char **name)
{
        const char *path = tree_path(directory);
        size_t length = strlen(path); /* of the directory's path; what it holds starts after that and a slash */
        size_t prefix = length == 0 ? 0 : length + 1;
        uint32_t index = *position;
        if (index == 0)
                index = length == 0 ? 1 : lower_bound(path, length, '/');
        while (index < tree_now()->count) {
                const struct carried_entry *entry = tree_entry(index);
                const char *found = tree_path(entry);
                if (prefix != 0 && (strncmp(found, path, length) != 0 || found[length] != '/'))
                        break;
                const char *slash = strchr(found + prefix, '/');
                if (slash == NULL) {
                        *name = found + prefix;
                        *position = index + 1;
                        return entry;
                }
                index = lower_bound(found, (size_t)(slash - found), '/' + 1); /* past what is deeper */
        }
        *position = index;
        return NULL;
}
