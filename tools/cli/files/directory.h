/* Directories that are made whole under another name, and temporary ones: removed when the command ends early. */
#ifndef CLI_FILES_DIRECTORY_H
#define CLI_FILES_DIRECTORY_H

#include "../text.h"

struct directory {
        struct text path;
};

/* Makes a directory with a name of its own beside `path`. Ends the command with a message when it cannot. */
void directory_open(struct directory *directory, const char *path);

/* Writes a file in it. `name` may have parts, whose directories are made. */
void directory_write(const struct directory *directory, const char *name, const struct text *contents);

/* `path` must not exist. */
void directory_keep(struct directory *directory, const char *path);
void directory_remove(struct directory *directory);

#endif
