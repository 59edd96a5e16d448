/* Growing text, lists of strings, quoting; see text.h. Out of memory ends the command. */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

static void reserve(struct text *text, size_t more)
{
        const size_t needed = text->length + more + 1;
        if (needed <= text->capacity)
                return;
        size_t capacity = text->capacity != 0 ? text->capacity : 64;
        while (capacity < needed)
                capacity *= 2;
        char *bytes = realloc(text->bytes, capacity);
        if (bytes == NULL)
                refuse("out of memory");
        text->bytes = bytes;
        text->capacity = capacity;
}

void text_add_bytes(struct text *text, const void *bytes, size_t length)
{
        reserve(text, length);
        if (length != 0)
                memcpy(text->bytes + text->length, bytes, length);
        text->length += length;
        text->bytes[text->length] = '\0';
}

static void add_formatted(struct text *text, const char *format, va_list arguments)
{
        va_list again;
        va_copy(again, arguments);
        const int length = vsnprintf(NULL, 0, format, again);
        va_end(again);
        if (length < 0)
                refuse("a text cannot be formatted");
        reserve(text, (size_t)length);
        vsnprintf(text->bytes + text->length, (size_t)length + 1, format, arguments);
        text->length += (size_t)length;
}

void text_add(struct text *text, const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        add_formatted(text, format, arguments);
        va_end(arguments);
}

void text_free(struct text *text)
{
        free(text->bytes);
        *text = (struct text){0};
}

void text_consume(struct text *text, size_t count)
{
        if (count == 0)
                return;
        text->length -= count;
        memmove(text->bytes, text->bytes + count, text->length + 1);
}

static bool is_plain(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               (c != '\0' && strchr("_@%+=:,./-", c) != NULL);
}

void text_add_quoted(struct text *text, const char *word)
{
        size_t plain = 0;
        while (is_plain(word[plain]))
                plain++;
        /* A word that is exactly `--` would end the environment, so it is quoted too. */
        if (plain != 0 && word[plain] == '\0' && strcmp(word, "--") != 0) {
                text_add_bytes(text, word, plain);
                return;
        }
        text_add_bytes(text, "'", 1);
        for (; *word != '\0'; word++) {
                if (*word == '\'')
                        text_add(text, "'\\''");
                else
                        text_add_bytes(text, word, 1);
        }
        text_add_bytes(text, "'", 1);
}

static void append(struct list *list, char *string)
{
        char **items = realloc(list->items, (list->count + 2) * sizeof(*items));
        if (items == NULL || string == NULL)
                refuse("out of memory");
        items[list->count++] = string;
        items[list->count] = NULL;
        list->items = items;
}

void list_add(struct list *list, const char *format, ...)
{
        struct text text = {0};
        va_list arguments;
        va_start(arguments, format);
        add_formatted(&text, format, arguments);
        va_end(arguments);
        append(list, text.bytes);
}

void list_add_string(struct list *list, const char *string)
{
        append(list, strdup(string));
}

void list_free(struct list *list)
{
        for (size_t i = 0; i < list->count; i++)
                free(list->items[i]);
        free(list->items);
        *list = (struct list){0};
}

static bool is_blank(char c)
{
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Reads one word, which *line points at, into `word`; leaves *line behind it. False: a quote is not closed. */
static bool read_word(const char **line, struct text *word)
{
        char quote = '\0';
        const char *p = *line;
        for (; *p != '\0' && (quote != '\0' || !is_blank(*p)); p++) {
                if (quote == '\0' && (*p == '\'' || *p == '"')) {
                        quote = *p;
                } else if (*p == quote) {
                        quote = '\0';
                } else if (*p == '\\' && quote == '\0' && p[1] != '\0') {
                        p++;
                        text_add_bytes(word, p, 1);
                } else if (*p == '\\' && quote == '"' && p[1] != '\0' && strchr("\"\\\n", p[1]) != NULL) {
                        p++;
                        if (*p != '\n')
                                text_add_bytes(word, p, 1);
                } else {
                        text_add_bytes(word, p, 1);
                }
        }
        *line = p;
        return quote == '\0';
}

bool list_add_words(struct list *list, const char *line)
{
        for (;;) {
                while (is_blank(*line))
                        line++;
                if (*line == '\0')
                        return true;
                struct text word = {0};
                text_add_bytes(&word, "", 0);
                if (!read_word(&line, &word)) {
                        text_free(&word);
                        return false;
                }
                append(list, word.bytes);
        }
}
