/* The parsed command line, for boot. Everybody else uses coracle/options.h. */
#ifndef CORACLE_CORE_COMMAND_LINE_H
#define CORACLE_CORE_COMMAND_LINE_H

#include <stddef.h>

#define COMMAND_LINE_MAX 4096 /* bytes, terminator included */

struct command_line {
        int argc;
        char **argv;        /* argc pointers and NULL; argv[0] is the program's name */
        char **environment; /* NULL-terminated */
};

/*
 * Parses `line` into static storage, which the program may modify and which stays valid for ever. Replaces what was
 * parsed before. Returns 0, or -EINVAL with the reason, for a person, in `why`.
 */
int command_line_parse(const char *line, struct command_line *result, char *why, size_t why_bytes);

/* Logs a warning for each `coracle.` word that nothing knows, and a note for each word that means nothing here. */
void command_line_check(void);

#endif
