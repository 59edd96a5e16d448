/* Files that appear when they are whole; see output.h. */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../message.h"
#include "../text.h"

#define PIECE (1u << 20)

/* Removed when the command ends early; one at a time is made for each of a few files. */
#define PENDING_MAX 8
static struct output *pending[PENDING_MAX];

static void drop_pending(void)
{
        for (unsigned i = 0; i < PENDING_MAX; i++) {
                if (pending[i] != NULL)
                        output_drop(pending[i]);
        }
}

static void note(const struct output *old, struct output *new)
{
        static int registered;
        if (!registered)
                registered = atexit(drop_pending) == 0;
        for (unsigned i = 0; i < PENDING_MAX; i++) {
                if (pending[i] == old) {
                        pending[i] = new;
                        return;
                }
        }
}

void output_open(struct output *output, const char *path)
{
        struct text name = {0};
        struct stat status;
        if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
                refuse("%s is there, and is not a file", path);
        text_add(&name, "%s.XXXXXX", path);
        output->file = mkostemp(name.bytes, O_CLOEXEC);
        if (output->file < 0)
                refuse("%s: %s", path, strerror(errno));
        const mode_t mask = umask(0);
        umask(mask);
        fchmod(output->file, 0666 & ~mask);
        output->path = path;
        output->temporary = name.bytes;
        note(NULL, output);
}

void output_write(struct output *output, uint64_t offset, const void *bytes, size_t count)
{
        const char *from = bytes;
        while (count != 0) {
                const ssize_t done = pwrite(output->file, from, count, (off_t)offset);
                if (done < 0 && errno == EINTR)
                        continue;
                if (done <= 0)
                        refuse("%s: %s", output->path, done < 0 ? strerror(errno) : "nothing more can be written");
                from += done;
                count -= (size_t)done;
                offset += (uint64_t)done;
        }
}

void output_resize(struct output *output, uint64_t bytes)
{
        if (ftruncate(output->file, (off_t)bytes) != 0)
                refuse("%s: %s", output->path, strerror(errno));
}

static int is_zero(const char *bytes, size_t count)
{
        return count == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, count - 1) == 0);
}

void output_copy(struct output *output, uint64_t offset, int from, const char *from_path)
{
        char *piece = malloc(PIECE);
        off_t done = 0;
        if (piece == NULL)
                refuse("out of memory");
        for (;;) {
                const ssize_t count = pread(from, piece, PIECE, done);
                if (count < 0 && errno == EINTR)
                        continue;
                if (count < 0)
                        refuse("%s: %s", from_path, strerror(errno));
                if (count == 0)
                        break;
                if (!is_zero(piece, (size_t)count)) /* holes stay holes */
                        output_write(output, offset + (uint64_t)done, piece, (size_t)count);
                done += count;
        }
        free(piece);
}

void output_keep(struct output *output)
{
        if (close(output->file) != 0 || rename(output->temporary, output->path) != 0)
                refuse("%s: %s", output->path, strerror(errno));
        note(output, NULL);
        free(output->temporary);
        output->temporary = NULL;
}

void output_drop(struct output *output)
{
        if (output->temporary == NULL)
                return;
        close(output->file);
        unlink(output->temporary);
        note(output, NULL);
        free(output->temporary);
        output->temporary = NULL;
}
