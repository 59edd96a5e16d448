/*
 * What the sources of instance data say, put together: values that are words as on the command line, arguments, and
 * files. Sources are asked in the order of their rank, so of two values with one key the one that came first counts;
 * within one source the last does. Whatever does not fit or is not allowed gets one line in the log and is left out.
 */
#ifndef CORACLE_INSTANCE_VALUES_H
#define CORACLE_INSTANCE_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum instance_rank { INSTANCE_COMMAND_LINE, INSTANCE_FW_CFG, INSTANCE_DISK, INSTANCE_METADATA };

/* Who says it, for the rank and for messages. */
struct instance_source {
        enum instance_rank rank;
        const char *name; /* "fw_cfg", "NoCloud disk vdb" */
};

#define INSTANCE_LINE_MAX   65536u     /* bytes of a line of words */
#define INSTANCE_WORD_MAX   32768u     /* bytes of one value or argument */
#define INSTANCE_VALUE_MAX  1024u      /* values of all sources */
#define INSTANCE_FILE_MAX   (1u << 20) /* bytes of one file */
#define INSTANCE_FILES_MAX  (4u << 20) /* bytes of all files */
#define INSTANCE_FILE_COUNT 256u
#define INSTANCE_PATH_MAX   256u

/* What the command line says needs no help, but its keys (of "KEY=VALUE") are taken, and so may its arguments be. */
void instance_taken(const char *word);
void instance_arguments_taken(void);

/* KEY=VALUE: `coracle.KEY` or a variable of the environment. The text is copied. */
void instance_value(const struct instance_source *source, const char *key, const char *value);

/* A host name, checked: letters, digits, '-' and '.', at most 63 characters. */
void instance_hostname(const struct instance_source *source, const char *name);

/* One more argument of the program; the arguments of the first source that has any are the program's. */
void instance_argument(const struct instance_source *source, const char *text);

/*
 * Words in the command line's own syntax. `what` names the line for messages. The text need not end with a NUL; it
 * does end at the first one.
 */
void instance_line(const struct instance_source *source, const char *what, const char *text, size_t bytes);

/*
 * A file for the tree. `bytes` are copied. The path may begin with slashes; it must not have components that are
 * empty, "." or "..".
 */
void instance_file(const struct instance_source *source, const char *path, const void *data, size_t bytes);

/* Text from outside, cut and without control characters, fit for a console. Returns shown->text. */
struct instance_shown {
        char text[64];
};
const char *instance_shown(const char *text, struct instance_shown *shown);

/* ---- What has come together ---- */

/* The n-th value's "KEY=VALUE", of the options when `options`, else of the environment; NULL beyond the last. */
char *instance_value_at(bool options, unsigned n);

/* The arguments: `count` pointers, 0 when no source had any. */
char **instance_arguments(unsigned *count);

/* The files in no order. */
struct instance_file {
        const char *path;
        const void *data; /* on pages of its own, zero up to the end of the last; NULL when it is empty */
        size_t bytes;
};
const struct instance_file *instance_files(unsigned *count);

/* Forgets everything, for tests. */
void instance_values_reset(void);

#endif
