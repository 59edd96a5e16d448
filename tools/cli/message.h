/* What the command says to people: one line on standard error, beginning "coracle: ". */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

/* Exit status for everything that the person who typed the command can put right. */
#define EXIT_USAGE 2

/* From here on messages begin with what they are about: "coracle: NAME: ". NULL: nothing more than "coracle: ". */
void message_about(const char *name);

void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Complains and exits with EXIT_USAGE. */
_Noreturn void refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The word of `known` (NULL-terminated) that `word` was probably meant to be, or NULL. */
const char *closest_word(const char *word, const char *const *known);

#endif
