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

#include <coracle/file.h>

#include "../console/console.h"

#define STRING_BYTES 64 /* asprintf's first guess; it grows from there */

void __smakebuf_r(struct _reent *reent, FILE *stream); /* newlib's name and signature */

static bool is_console(int descriptor)
{
        struct file *file = descriptor < 0 ? NULL : file_lookup(descriptor);
        if (file == NULL)
                return false;
        file_put(file);
        return file == &console_file;
}

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
        static unsigned char standard[2][BUFSIZ];
        (void)reent;
        if ((stream->_flags & __SNBF) != 0) {
                set_buffer(stream, stream->_nbuf, 1, 0);
                return;
        }
        const int line_buffered = is_console(stream->_file) ? __SLBF : 0;
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
