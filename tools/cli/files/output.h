/* Files that appear under their name only when they are whole. */
#ifndef CLI_FILES_OUTPUT_H
#define CLI_FILES_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

struct output {
        const char *path;
        char *temporary; /* in the same directory; removed at exit unless output_keep was called */
        int file;
};

/* Each of these ends the command with a message when it fails. */
void output_open(struct output *output, const char *path);
void output_write(struct output *output, uint64_t offset, const void *bytes, size_t count);
void output_resize(struct output *output, uint64_t bytes);
/* All of the file `from`, which is open for reading. */
void output_copy(struct output *output, uint64_t offset, int from, const char *from_path);
void output_keep(struct output *output);
/* Removes the temporary file, if there is one. */
void output_drop(struct output *output);

#endif
