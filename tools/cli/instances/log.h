/* What a guest in the background wrote: a file of bounded size and the one before it. */
#ifndef CLI_INSTANCES_LOG_H
#define CLI_INSTANCES_LOG_H

#include <stdbool.h>
#include <stddef.h>

/* Each of the two files has at most so many bytes: the runtime directory is memory. */
#define LOG_MAX (1u << 20)

struct log {
        int directory;
        int file;
        size_t size;
        bool is_stderr; /* standard error goes there too */
};

/* Starts an empty log in the instance's directory. False: errno says why. */
bool log_open(struct log *log, int directory);

/* When the file is full it becomes log.old, and a new one begins. What cannot be written is lost. */
void log_write(struct log *log, const char *bytes, size_t length);

/* From here on standard error is the log. */
void log_take_stderr(struct log *log);

#endif
