/* The guest's command line (docs/design.md), composed word by word, whatever hypervisor takes it. */
#ifndef CLI_GUEST_WORDS_H
#define CLI_GUEST_WORDS_H

#include "../text.h"

#define WORDS_MAX 4095u /* bytes that a guest keeps */

/* Adds " coracle.name=NAME", the program's argv[0]: the image's file name without `.elf`. */
void words_add_name(struct text *line, const char *image);

/* Adds what comes after the platform's words that a command chose itself: more of them, the environment, `--` and the
 * program's arguments. Each word is preceded by a blank. */
void words_add_rest(struct text *line, const struct list *append, const struct list *environment,
                    char *const *arguments, size_t argument_count);

#endif
