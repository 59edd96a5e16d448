/* The files of instance data in the file tree, beside the image's own. */
#ifndef CORACLE_INSTANCE_FILES_H
#define CORACLE_INSTANCE_FILES_H

#include <coracle/carried.h>

#include "values.h"

/*
 * A tree of what `base` holds and of the files, which take the place of the base's files of the same path. A file that
 * would take the place of a directory, or be below a file, is left out with a warning. NULL: no memory.
 */
struct carried_tree *files_merge(const struct carried_tree *base, const struct instance_file *files, unsigned count);

#endif
