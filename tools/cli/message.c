/* Messages on standard error, and guesses at what a mistyped word was meant to be. */
#include "message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *about; /* see message_about */

void message_about(const char *name)
{
        about = name;
}

static void say(const char *format, va_list arguments)
{
        /* One write, so that lines of programs that share the terminal do not mix. */
        char line[2048];
        int length = snprintf(line, sizeof(line) - 1, "coracle: %s%s", about != NULL ? about : "",
                              about != NULL ? ": " : "");
        const int more = vsnprintf(line + length, sizeof(line) - 1 - (size_t)length, format, arguments);
        length = more < 0 ? length : length + more;
        if ((size_t)length > sizeof(line) - 2)
                length = (int)sizeof(line) - 2;
        line[length++] = '\n';
        fwrite(line, 1, (size_t)length, stderr);
}

void complain(const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        say(format, arguments);
        va_end(arguments);
}

void refuse(const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        say(format, arguments);
        va_end(arguments);
        exit(EXIT_USAGE);
}

#define WORD_MAX 31u

static unsigned smaller(unsigned a, unsigned b)
{
        return a < b ? a : b;
}

/* How many letters must be added, dropped, changed or swapped with the next to turn `a` into `b`. */
static unsigned edit_distance(const char *a, const char *b)
{
        const size_t rows = strlen(a), columns = strlen(b);
        unsigned d[WORD_MAX + 1][WORD_MAX + 1];
        if (rows > WORD_MAX || columns > WORD_MAX)
                return WORD_MAX;
        for (size_t i = 0; i <= rows; i++) {
                for (size_t j = 0; j <= columns; j++) {
                        if (i == 0 || j == 0) {
                                d[i][j] = (unsigned)(i + j);
                                continue;
                        }
                        const unsigned changed = a[i - 1] != b[j - 1];
                        d[i][j] = smaller(d[i - 1][j - 1] + changed, smaller(d[i - 1][j], d[i][j - 1]) + 1);
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                                d[i][j] = smaller(d[i][j], d[i - 2][j - 2] + 1);
                }
        }
        return d[rows][columns];
}

const char *closest_word(const char *word, const char *const *known)
{
        const char *best = NULL;
        unsigned best_distance = strlen(word) > 4 ? 3 : 2;
        for (; *known != NULL; known++) {
                const unsigned distance = edit_distance(word, *known);
                if (distance < best_distance) {
                        best = *known;
                        best_distance = distance;
                }
        }
        return best;
}
