/* What the library OS adds to a crash report: the thread that ran, and the last lines of the log. */
#include <coracle/log.h>
#include <coracle/sched.h>

#include <platform.h>

#include "crash.h"
#include "log_ring.h"

#define LOG_LINES 10u

static void write_indented(const char *text, size_t length)
{
        platform_console_write("    ", 4);
        platform_console_write(text, length);
        platform_console_write("\n", 1);
}

void crash_describe(void)
{
        char line[64];
        if (thread_current() != NULL) {
                format_text(line, sizeof(line), "thread: %s", thread_name(thread_current()));
                size_t length = 0;
                while (line[length] != '\0')
                        length++;
                write_indented(line, length);
        }
        log_last_lines(LOG_LINES, write_indented);
}
