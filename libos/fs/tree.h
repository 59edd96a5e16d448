/*
 * Looking things up in the file tree that the image carries (coracle/carried.h). Paths are as the tree has them: no
 * leading or trailing slash, no "." or ".."; the root is the empty path. An image without files has an empty root.
 */
#ifndef CORACLE_FS_TREE_H
#define CORACLE_FS_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include <coracle/carried.h>

/* NULL: there is no such file or directory. */
const struct carried_entry *tree_lookup(const char *path);

/* What the index-th entry of the table is about; valid for ever. */
const struct carried_entry *tree_entry(uint32_t index);
uint32_t tree_index(const struct carried_entry *entry);
const char *tree_path(const struct carried_entry *entry);
const void *tree_data(const struct carried_entry *entry);
bool tree_is_directory(const struct carried_entry *entry);

/*
 * Walks what a directory holds, in bytewise order: *position is 0 at first and is moved on. Returns the next entry and
 * its name without the directory's path in *name, or NULL at the end.
 */
const struct carried_entry *tree_next(const struct carried_entry *directory, uint32_t *position, const char **name);

/* The whole table, and another in its place from now on; before any file is open. */
const struct carried_tree *tree_now(void);
void tree_replace(const struct carried_tree *other) __attribute__((weak));

#endif
