/* Growing text and lists of strings, and the shell-like quoting of the guest's command line (design section 4). */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Starts as {0}. `bytes` is NUL-terminated once something was added, NULL before. */
struct text {
        char *bytes;
        size_t length;
        size_t capacity;
};

void text_add_bytes(struct text *text, const void *bytes, size_t length);
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_free(struct text *text);

/* Drops the first `count` bytes. */
void text_consume(struct text *text, size_t count);

/* Adds `word` so that text_split, and the guest, read it back as one word, whatever bytes it has. */
void text_add_quoted(struct text *text, const char *word);

/* A NULL-terminated array of strings that it owns. Starts as {0}. */
struct list {
        char **items;
        size_t count;
};

void list_add(struct list *list, const char *format, ...) __attribute__((format(printf, 2, 3)));
void list_add_string(struct list *list, const char *string);
void list_free(struct list *list);

/*
 * Adds the words of `line` to `list`: separated by blanks; '...' keeps everything, "..." keeps everything but
 * backslashes before ", \ and newline, a backslash outside quotes keeps the next byte. False: a quote is not closed.
 */
bool list_add_words(struct list *list, const char *line);

#endif
