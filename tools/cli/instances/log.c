/* Writes the log and turns it over; see log.h. */
#include "log.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define LOG_FLAGS (O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW)

bool log_open(struct log *log, int directory)
{
        *log = (struct log){.directory = directory, .file = openat(directory, "log", LOG_FLAGS, 0600)};
        return log->file >= 0;
}

static void turn_over(struct log *log)
{
        renameat(log->directory, "log", log->directory, "log.old");
        const int file = openat(log->directory, "log", LOG_FLAGS, 0600);
        if (file < 0)
                return; /* the old one grows; better than losing what comes */
        close(log->file);
        log->file = file;
        log->size = 0;
        if (log->is_stderr)
                dup2(log->file, STDERR_FILENO);
}

void log_write(struct log *log, const char *bytes, size_t length)
{
        while (length != 0) {
                if (log->size >= LOG_MAX)
                        turn_over(log);
                const size_t room = log->size < LOG_MAX ? LOG_MAX - log->size : length;
                const ssize_t count = write(log->file, bytes, length < room ? length : room);
                if (count <= 0)
                        return;
                log->size += (size_t)count;
                bytes += count;
                length -= (size_t)count;
        }
}

void log_take_stderr(struct log *log)
{
        log->is_stderr = true;
        dup2(log->file, STDERR_FILENO);
}
