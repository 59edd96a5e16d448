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

/* The parsed line of this boot (boot.c). */
extern struct command_line boot_command_line;

/*
 * The words that are options, the last of the line first: of two with one key, the first here counts. And others in
 * their place, which stay the caller's and must stay.
 */
char **command_line_options(unsigned *count);
void command_line_set_options(char **first, unsigned count);

/* Logs a warning for each `coracle.` word that nothing knows, and a note for each word that means nothing here. */
void command_line_check(void);

#endif
