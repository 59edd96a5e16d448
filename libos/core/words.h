/* Cutting a line into words with the quoting of a shell (POSIX.1-2024, XCU 2.2). */
#ifndef CORACLE_CORE_WORDS_H
#define CORACLE_CORE_WORDS_H

enum word_result {
        WORD_END,           /* nothing but blanks was left */
        WORD_FOUND,         /* a word was written */
        WORD_OPEN_SINGLE,   /* a ' has no partner */
        WORD_OPEN_DOUBLE,   /* a " has no partner */
        WORD_OPEN_BACKSLASH /* the line ends after a \ */
};

/*
 * Takes the next word off *line and writes it, unquoted and NUL-terminated, to *out; both move on. The output is never
 * longer than the input, its terminator included. '...' is literal; in "..." a backslash quotes $ ` " \ and newline;
 * elsewhere it quotes the next character. Nothing is expanded.
 * On an error *line points at the quote that is wrong.
 */
enum word_result word_next(const char **line, char **out);

#endif
