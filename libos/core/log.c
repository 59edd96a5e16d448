/*
 * The log: a ring of bytes with the last lines (coracle/log.h).
 *
 * Invariant: the ring holds the last min(written, RING_BYTES) bytes of all lines ever logged, each ended by '\n';
 * the oldest line in it may have lost its beginning.
 */
#include <coracle/log.h>
#include <coracle/sched.h>

#include <platform.h>

#include "log_ring.h"

#define RING_BYTES 4096u
#define LINE_BYTES 256u

static char ring[RING_BYTES];
static size_t written; /* bytes ever; the next goes to ring[written % RING_BYTES] */
static struct spinlock lock = SPINLOCK_INIT;
static bool verbose;

void log_set_verbose(bool on)
{
        verbose = on;
}

bool log_is_verbose(void)
{
        return verbose;
}

static void remember(const char *line, size_t length)
{
        spin_lock(&lock);
        for (size_t i = 0; i < length; i++)
                ring[written++ % RING_BYTES] = line[i];
        spin_unlock(&lock);
}

/* A line too long for the buffer is cut, and shows it. */
static size_t finish(char *line, size_t length)
{
        if (length > LINE_BYTES - 2) {
                length = LINE_BYTES - 2;
                for (size_t i = 1; i <= 3; i++)
                        line[length - i] = '.';
        }
        line[length++] = '\n';
        return length;
}

/* "[room] "; a room that does not fit is cut. */
static size_t name_room(char *line, size_t length, const char *room)
{
        line[length++] = '[';
        while (*room != '\0' && length < LINE_BYTES - 3)
                line[length++] = *room++;
        line[length++] = ']';
        line[length++] = ' ';
        return length;
}

void log_write(enum log_level level, const char *room, const char *format, ...)
{
        char line[LINE_BYTES];
        size_t length = 0;
        if (verbose) {
                uint64_t us = platform_clock_monotonic() / 1000;
                length = format_text(line, sizeof(line), "%3lu.%06lu ", us / 1000000, us % 1000000);
        }
        length = name_room(line, length, room);
        va_list arguments;
        va_start(arguments, format);
        length += format_text_v(line + length, sizeof(line) - length, format, arguments);
        va_end(arguments);
        length = finish(line, length);
        remember(line, length);
        if (verbose || level != LOG_INFO)
                platform_console_write(line, length);
}

/* The position in the byte stream where the last `count` lines start. */
static size_t start_of_last(unsigned count)
{
        size_t oldest = written > RING_BYTES ? written - RING_BYTES : 0;
        size_t at = written;
        while (at != oldest) {
                if (ring[(at - 1) % RING_BYTES] == '\n' && at != written && --count == 0)
                        break;
                at--;
        }
        return at;
}

void log_last_lines(unsigned count, void (*fn)(const char *text, size_t length))
{
        char line[LINE_BYTES];
        size_t length = 0;
        for (size_t at = start_of_last(count); at != written; at++) {
                char c = ring[at % RING_BYTES];
                if (c == '\n') {
                        fn(line, length);
                        length = 0;
                } else if (length < sizeof(line)) {
                        line[length++] = c;
                }
        }
}
