/*
 * The log: a ring of the last lines, shown on the console as they come when `coracle.verbose=1`, and in crash
 * reports always. Warnings and errors always reach the console; a healthy boot has none.
 *
 * The format knows %s %c %d %i %u %x %p %% with l, ll, z, width, 0 and - flags; no floats. Any context.
 */
#ifndef CORACLE_LOG_H
#define CORACLE_LOG_H

#include <stdarg.h>
#include <stddef.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO };

/* room: the subsystem in brackets, "net". No newline at the end of format. */
void log_write(enum log_level level, const char *room, const char *format, ...) __attribute__((format(printf, 3, 4)));

#define log_error(room, ...)   log_write(LOG_ERROR, room, __VA_ARGS__)
#define log_warning(room, ...) log_write(LOG_WARNING, room, __VA_ARGS__)
#define log_info(room, ...)    log_write(LOG_INFO, room, __VA_ARGS__)

/* Formats like log_write into buffer, always NUL-terminated; returns the length that would have been needed. */
size_t format_text(char *buffer, size_t bytes, const char *format, ...) __attribute__((format(printf, 3, 4)));
size_t format_text_v(char *buffer, size_t bytes, const char *format, va_list arguments);

#endif
