/* Opening what the carried tree holds. */
#ifndef CORACLE_FS_TREE_FILE_H
#define CORACLE_FS_TREE_FILE_H

#include <coracle/file.h>

#include "tree.h"

/* A file open on the entry, with one reference; flags as for open. NULL: no memory. */
struct file *tree_file_open(const struct carried_entry *entry, int flags);

/* The entry that a file is open on; NULL when it is not a file of the tree. */
const struct carried_entry *tree_file_entry(const struct file *file);

void tree_status(const struct carried_entry *entry, struct stat *status);

#endif
