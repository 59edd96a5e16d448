/*
 * puts (POSIX.1-2024, XSH puts), in newlib's place: each character goes where putc puts it. newlib's own measures the
 * line, searches it and moves it with the code behind fwrite, all of which a program that prints a line or two would
 * run for the first time. An unbuffered stream gets the line in one piece. So does the console while stdio has not
 * started, which it does not have to for this: the line would leave the buffer at its end anyway.
 */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/lock.h>
#include <sys/reent.h>
#include <sys/types.h>

#include "stdio_console.h"

extern void __sinit(struct _reent *);

static bool put_all(FILE *out, const char *text, size_t bytes)
{
        while (bytes != 0) {
                ssize_t written = out->_write(_REENT, out->_cookie, text, bytes > INT_MAX ? INT_MAX : (int)bytes);
                if (written <= 0) {
                        out->_flags |= __SERR;
                        return false;
                }
                text += written;
                bytes -= (size_t)written;
        }
        return true;
}

static bool put_each(FILE *out, const char *text)
{
        for (; *text != '\0'; text++) {
                if (__sputc_r(_REENT, *text, out) == EOF)
                        return false;
        }
        return true;
}

int puts(const char *text)
{
        FILE *out = stdout;
        if (__stdio_exit_handler == NULL) {
                if (out == &__sf[1] && stdio_console_line(text))
                        return '\n';
                __sinit(_REENT); /* the stream has its lock only then */
        }
        bool is_shared = (out->_flags2 & __SNLK) == 0, good;
        if (is_shared)
                __lock_acquire_recursive(out->_lock);
        if ((out->_flags2 & __SWID) != 0) /* a stream of wide characters */
                good = false;
        else if ((out->_flags & (__SNBF | __SWR)) == (__SNBF | __SWR))
                good = put_all(out, text, strlen(text));
        else
                good = put_each(out, text);
        good = good && put_each(out, "\n");
        if (is_shared)
                __lock_release_recursive(out->_lock);
        return good ? '\n' : EOF;
}
