/*
 * The buffer of a stream at its first use: takes the place of newlib's own __smakebuf_r (its libc/stdio/makebuf.c,
 * called by what reads, writes and seeks when a stream has no buffer yet).
 *
 * Standard input and output have theirs in static memory while they are the console: a program that only prints
 * allocates nothing. The console is line-buffered; the rest gets a block of the file's preferred size.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <platform.h>

#include "../console/console.h"
#include "../file/table.h"
#include "stdio_console.h"

#define STRING_BYTES 64 /* asprintf's first guess; it grows from there */

void __smakebuf_r(struct _reent *reent, FILE *stream); /* newlib's name and signature */

static unsigned char standard[2][BUFSIZ]; /* of standard input and output */

/* The preferred size; notes in the stream whether seeking within the buffer is worth while, as it is for files. */
static size_t usual_bytes(FILE *stream)
{
        struct stat status;
        if (stream->_file < 0)
                return (stream->_flags & __SMBF) != 0 ? STRING_BYTES : BUFSIZ;
        if (fstat(stream->_file, &status) != 0 || status.st_blksize <= 0)
                return BUFSIZ;
        stream->_blksize = (int)status.st_blksize;
        stream->_flags |= S_ISREG(status.st_mode) ? __SOPT : __SNPT;
        return (size_t)status.st_blksize;
}

static void set_buffer(FILE *stream, unsigned char *buffer, size_t bytes, int flags)
{
        stream->_bf._base = buffer;
        stream->_p = buffer;
        stream->_bf._size = (int)bytes;
        stream->_flags = (short)(stream->_flags | flags);
}

void __smakebuf_r(struct _reent *reent, FILE *stream)
{
        (void)reent;
        if ((stream->_flags & __SNBF) != 0) {
                set_buffer(stream, stream->_nbuf, 1, 0);
                return;
        }
        const int line_buffered = descriptor_is(stream->_file, &console_file) ? __SLBF : 0;
        if (line_buffered != 0 && (stream == &__sf[0] || stream == &__sf[1])) {
                set_buffer(stream, standard[stream - __sf], BUFSIZ, line_buffered);
                return;
        }
        const size_t bytes = usual_bytes(stream);
        unsigned char *buffer = malloc(bytes);
        if (buffer != NULL) {
                set_buffer(stream, buffer, bytes, line_buffered | __SMBF);
        } else if ((stream->_flags & __SSTR) == 0) { /* a string stream without memory has failed; a file goes on */
                stream->_flags &= ~__SLBF;
                set_buffer(stream, stream->_nbuf, 1, __SNBF);
        }
}

/* newlib's: held while stdio starts. */
void __sfp_lock_acquire(void);
void __sfp_lock_release(void);

bool stdio_console_line(const char *text)
{
        char *line = (char *)standard[1]; /* the buffer that the stream would get */
        size_t length = 0;
        __sfp_lock_acquire();
        if (__stdio_exit_handler == NULL && descriptor_is(STDOUT_FILENO, &console_file)) {
                while (*text != '\0' && length < BUFSIZ - 1)
                        line[length++] = *text++;
                line[length++] = '\n';
        }
        if (*text != '\0')
                length = 0;
        if (length != 0)
                platform_console_write(line, length);
        __sfp_lock_release();
        return length != 0;
}
