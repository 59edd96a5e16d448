/* The options of commands that have few. */
#ifndef CLI_MANAGE_FLAGS_H
#define CLI_MANAGE_FLAGS_H

#include <stdbool.h>
#include <stddef.h>

struct flag {
        const char *name;   /* without "--" */
        char letter;        /* or 0 */
        bool *is_set;       /* set by an option without a value, */
        const char **value; /* or the value of one that has one */
};

#define FLAGS_MAX 8u

/*
 * Parses the options, --help among them, which shows `usage` and exits. Returns what is no option, NULL-terminated.
 * Exits with a message when an option is wrong.
 */
char *const *flags_parse(const char *command, const char *usage, const struct flag *flags, size_t count, int argc,
                         char *argv[]);

#endif
