/*
 * Files that instance data brings: kept on pages of their own, as the image's files are, so that mapping one needs no
 * copy; and a tree of them and the image's files (coracle/carried.h).
 *
 * The tree's table and paths are one block. Contents stay where they are: an entry's offset from the table to its
 * contents may be any 64-bit number, and adding it to the table's address wraps as it must.
 */
#include "files.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <coracle/log.h>
#include <coracle/memory.h>
#include <platform.h>

static struct file {
        struct instance_file file;
        enum instance_rank rank;
} kept[INSTANCE_FILE_COUNT];
static struct instance_file listed[INSTANCE_FILE_COUNT];
static unsigned kept_count;
static size_t kept_bytes;

/* ---- Keeping ---- */

/* Whether the path is one of the tree's form, and not /dev, which is not the tree's. */
static bool is_path(const char *path)
{
        if (*path == '\0' || strlen(path) > INSTANCE_PATH_MAX || strcmp(path, "dev") == 0 ||
            strncmp(path, "dev/", 4) == 0)
                return false;
        for (;;) {
                const size_t length = strcspn(path, "/");
                if (length == 0 || (length <= 2 && strncmp(path, "..", length) == 0))
                        return false;
                for (size_t i = 0; i < length; i++) {
                        if ((unsigned char)path[i] < ' ')
                                return false;
                }
                if (path[length] == '\0')
                        return true;
                path += length + 1;
        }
}

/* Whether one path is the other's directory. */
static bool is_below(const char *path, const char *directory)
{
        const size_t length = strlen(directory);
        return strncmp(path, directory, length) == 0 && path[length] == '/';
}

static size_t whole_pages(size_t bytes)
{
        return (bytes + PLATFORM_PAGE_SIZE - 1) & ~(PLATFORM_PAGE_SIZE - 1);
}

/* Why the file cannot be kept; NULL: it can. *same: the file of that path that is there, or NULL. */
static const char *why_not(const struct instance_source *source, const char *path, size_t bytes, struct file **same)
{
        *same = NULL;
        if (!is_path(path))
                return "not a path that a file can have here";
        if (bytes > INSTANCE_FILE_MAX)
                return "larger than 1 MiB";
        for (unsigned i = 0; i < kept_count; i++) {
                if (strcmp(kept[i].file.path, path) == 0)
                        *same = &kept[i];
                else if (is_below(path, kept[i].file.path) || is_below(kept[i].file.path, path))
                        return "its path makes a directory of a file";
        }
        if (*same != NULL && (*same)->rank < source->rank)
                return NULL;
        if (*same == NULL && kept_count == INSTANCE_FILE_COUNT)
                return "too many files";
        if (whole_pages(bytes) > INSTANCE_FILES_MAX - kept_bytes)
                return "all files together are larger than 4 MiB";
        return NULL;
}

/* A copy on read-only pages; NULL when there is nothing to copy, *copied false when there is no memory. */
static void *copy(const void *data, size_t bytes, bool *copied)
{
        void *pages = bytes != 0 ? region_alloc(whole_pages(bytes), 0) : NULL;
        *copied = bytes == 0 || pages != NULL;
        if (pages == NULL)
                return NULL;
        memcpy(pages, data, bytes);
        (void)platform_protect(pages, whole_pages(bytes), false); /* without it, it is a file all the same */
        return pages;
}

static void forget(struct file *file)
{
        if (file->file.data != NULL)
                region_free((void *)(uintptr_t)file->file.data, whole_pages(file->file.bytes), 0);
        kept_bytes -= whole_pages(file->file.bytes);
        free((void *)(uintptr_t)file->file.path);
}

void instance_file(const struct instance_source *source, const char *path, const void *data, size_t bytes)
{
        struct instance_shown shown;
        struct file *same;
        while (*path == '/')
                path++;
        const char *why = why_not(source, path, bytes, &same);
        if (why == NULL && same != NULL && same->rank < source->rank)
                return;
        bool copied = true;
        char *name = why == NULL ? strdup(path) : NULL;
        void *pages = name != NULL ? copy(data, bytes, &copied) : NULL;
        if (why == NULL && (name == NULL || !copied))
                why = "no memory";
        if (why != NULL) {
                log_warning("instance", "%s: file \"%s\": %s; it is left out", source->name,
                            instance_shown(path, &shown), why);
                free(name);
                return;
        }
        if (same != NULL)
                forget(same);
        else
                same = &kept[kept_count++];
        *same = (struct file){{name, pages, bytes}, source->rank};
        kept_bytes += whole_pages(bytes);
        log_info("instance", "%s: file /%s, %zu bytes", source->name, instance_shown(path, &shown), bytes);
}

const struct instance_file *instance_files(unsigned *count)
{
        for (unsigned i = 0; i < kept_count; i++)
                listed[i] = kept[i].file;
        *count = kept_count;
        return listed;
}

/* ---- The tree ---- */

struct item {
        const char *path;
        size_t length; /* of the part of it that counts */
        const void *data;
        uint64_t bytes;
        int64_t modified;
        uint16_t mode;
        bool is_ours; /* from instance data */
};

struct list_of_items {
        struct item *item;
        uint32_t count;
};

static int compare(const struct item *a, const struct item *b)
{
        const size_t shorter = a->length < b->length ? a->length : b->length;
        const int difference = memcmp(a->path, b->path, shorter);
        return difference != 0 ? difference : a->length < b->length ? -1 : a->length > b->length;
}

/* By path; of one path ours first, a file before a directory. */
static int order(const void *a, const void *b)
{
        const struct item *one = a, *other = b;
        const int difference = compare(one, other);
        if (difference != 0)
                return difference;
        if (one->is_ours != other->is_ours)
                return one->is_ours ? -1 : 1;
        return (int)S_ISDIR(one->mode) - (int)S_ISDIR(other->mode);
}

static const char *base_path(const struct carried_tree *base, uint32_t i)
{
        return (const char *)base + base->entry[i].path;
}

/* Whether the file can be where it wants to be in the base. */
static bool has_place(const struct carried_tree *base, const struct instance_file *file)
{
        struct instance_shown shown;
        for (uint32_t i = 0; i < base->count; i++) {
                const char *path = base_path(base, i);
                const bool is_directory = S_ISDIR(base->entry[i].mode);
                if (is_directory ? strcmp(path, file->path) != 0 : !is_below(file->path, path))
                        continue;
                log_warning("instance", "file \"%s\": the image has a %s at that path; it is left out",
                            instance_shown(file->path, &shown), is_directory ? "directory" : "file on the way");
                return false;
        }
        return true;
}

static void add_base(struct list_of_items *list, const struct carried_tree *base)
{
        for (uint32_t i = 0; i < base->count; i++) {
                const struct carried_entry *entry = &base->entry[i];
                const char *path = base_path(base, i);
                list->item[list->count++] = (struct item){
                        .path = path,
                        .length = strlen(path),
                        .data = (const char *)base + entry->data,
                        .bytes = entry->size,
                        .modified = entry->modified,
                        .mode = entry->mode,
                };
        }
}

/* The file and the directories on the way to it. */
static void add_file(struct list_of_items *list, const struct instance_file *file)
{
        struct item item = {.path = file->path, .mode = S_IFDIR | 0555};
        for (const char *slash = file->path; (slash = strchr(slash, '/')) != NULL; slash++) {
                item.length = (size_t)(slash - file->path);
                list->item[list->count++] = item;
        }
        item.length = strlen(file->path);
        item.data = file->data;
        item.bytes = file->bytes;
        item.mode = S_IFREG | 0444;
        item.is_ours = true;
        list->item[list->count++] = item;
}

static uint32_t most_items(const struct carried_tree *base, const struct instance_file *files, unsigned count)
{
        uint32_t most = base->count;
        for (unsigned i = 0; i < count; i++) {
                most++;
                for (const char *c = files[i].path; *c != '\0'; c++)
                        most += *c == '/';
        }
        return most;
}

/* Sorts, and leaves one item of each path. Returns the bytes of all paths. */
static size_t settle(struct list_of_items *list)
{
        uint32_t left = 0;
        size_t bytes = 0;
        qsort(list->item, list->count, sizeof(*list->item), order);
        for (uint32_t i = 0; i < list->count; i++) {
                if (left != 0 && compare(&list->item[left - 1], &list->item[i]) == 0)
                        continue;
                bytes += list->item[i].length + 1;
                list->item[left++] = list->item[i];
        }
        list->count = left;
        return bytes;
}

static struct carried_tree *lay_out(const struct list_of_items *list, size_t path_bytes)
{
        const size_t table = sizeof(struct carried_tree) + list->count * sizeof(struct carried_entry);
        struct carried_tree *tree = malloc(table + path_bytes);
        if (tree == NULL)
                return NULL;
        size_t path = table;
        tree->count = list->count;
        tree->reserved = 0;
        for (uint32_t i = 0; i < list->count; i++) {
                const struct item *item = &list->item[i];
                char *to = (char *)tree + path;
                tree->entry[i] = (struct carried_entry){
                        .data = item->bytes != 0 ? (uint64_t)((uintptr_t)item->data - (uintptr_t)tree) : 0,
                        .size = item->bytes,
                        .modified = item->modified,
                        .path = (uint32_t)path,
                        .mode = item->mode,
                };
                memcpy(to, item->path, item->length);
                to[item->length] = '\0';
                path += item->length + 1;
        }
        return tree;
}

struct carried_tree *files_merge(const struct carried_tree *base, const struct instance_file *files, unsigned count)
{
        struct list_of_items list = {malloc(most_items(base, files, count) * sizeof(struct item)), 0};
        struct carried_tree *tree = NULL;
        if (list.item != NULL) {
                add_base(&list, base);
                for (unsigned i = 0; i < count; i++) {
                        if (has_place(base, &files[i]))
                                add_file(&list, &files[i]);
                }
                const size_t path_bytes = settle(&list);
                tree = lay_out(&list, path_bytes);
        }
        free(list.item);
        return tree;
}
