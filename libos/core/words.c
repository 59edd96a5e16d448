/* Cutting a line into words with the quoting of a shell: see words.h. Knows nothing of what the words mean. */
#include <stddef.h>

#include <coracle/options.h>

#include "words.h"

/* Copies what follows an opening ' up to its partner. Returns the position after it, NULL when there is none. */
static const char *copy_single(const char *in, char **out)
{
        while (*in != '\0' && *in != '\'')
                *(*out)++ = *in++;
        return *in == '\'' ? in + 1 : NULL;
}

/* The same for ". A backslash-newline pair vanishes, as in a shell. */
static const char *copy_double(const char *in, char **out)
{
        for (; *in != '\0' && *in != '"'; in++) {
                if (*in == '\\') {
                        char next = in[1];
                        if (next == '$' || next == '`' || next == '"' || next == '\\') {
                                in++;
                        } else if (next == '\n') {
                                in++;
                                continue;
                        }
                }
                *(*out)++ = *in;
        }
        return *in == '"' ? in + 1 : NULL;
}

enum word_result word_next(const char **line, char **out)
{
        const char *in = *line;
        while (option_is_blank(*in))
                in++;
        *line = in;
        if (*in == '\0')
                return WORD_END;
        char *to = *out;
        while (*in != '\0' && !option_is_blank(*in)) {
                const char *quote = in++;
                switch (*quote) {
                case '\'':
                        in = copy_single(in, &to);
                        break;
                case '"':
                        in = copy_double(in, &to);
                        break;
                case '\\':
                        if (*in == '\0')
                                in = NULL;
                        else if (*in == '\n')
                                in++;
                        else
                                *to++ = *in++;
                        break;
                default:
                        *to++ = *quote;
                }
                if (in == NULL) {
                        *line = quote;
                        return *quote == '\'' ? WORD_OPEN_SINGLE
                                              : (*quote == '"' ? WORD_OPEN_DOUBLE : WORD_OPEN_BACKSLASH);
                }
        }
        *to++ = '\0';
        *line = in;
        *out = to;
        return WORD_FOUND;
}
