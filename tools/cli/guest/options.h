/* Options that several commands share: what a guest gets, whatever starts it. Errors are one line in `error`. */
#ifndef CLI_GUEST_OPTIONS_H
#define CLI_GUEST_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../text.h"

#define ERROR_TEXT 512u /* bytes that every `error` here has room for */

/* Puts the message into `error`; returns false, for the caller to pass on. */
bool option_wrong(char *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Parses a size as 64, 64M, 1G or 4096K (MiB without a suffix) into KiB. False: malformed or too large. */
bool option_size(const char *text, uint64_t *kib);

/* -m SIZE: the guest's memory, 2 MiB at least. */
bool option_memory(uint64_t *kib, const char *text, char *error);

/* -e KEY=VALUE or -e KEY, with this host's value: adds KEY=VALUE. */
bool option_environment(struct list *environment, const char *text, char *error);

/* --append WORDS: adds them as they are; `--` would end the platform's words and is refused. */
bool option_append(struct list *append, const char *text, char *error);

/* --ip ADDRESS/BITS[,gw=ADDRESS][,dns=ADDRESS] or dhcp. The form only: the guest says so when it makes no sense. */
bool option_ip(const char **ip, const char *text, char *error);

/* Finds what follows `--`, the program's arguments, and returns how many words of argv come before it. */
int option_arguments(int argc, char *argv[], char *const **arguments, size_t *count);

/*
 * What getopt_long stumbled over when it returned `option`, '?' or ':', for `word` of `coracle COMMAND`, with the
 * option of `known` that was probably meant. Always false.
 */
bool option_unknown(const char *command, const struct option *known, int option, const char *word, char *error);

#define HINT_ARGUMENTS "arguments of the program go after --"

/* The options of `coracle COMMAND [WORD] IMAGE [OPTIONS]`. */
struct option_set {
        const char *command;
        const struct option *known; /* to a name of NULL */
        const char *letters;        /* as getopt's, beginning with "-:" */
        /* Takes one option; its value is "" when it has none. False: `error` says why not. */
        bool (*take)(void *ctx, int option, const char *value, char *error);
        const char *hint; /* for who gives two images */
};

/*
 * Goes through `count` words: each option is taken, and what is none goes to words[], which has room for `most` and is
 * NULL where nothing was given. The last of them is the image.
 */
bool option_parse(const struct option_set *set, void *ctx, int count, char *argv[], const char *words[], size_t most,
                  char *error);

#endif
