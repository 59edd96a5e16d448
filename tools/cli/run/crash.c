/* Finds crash reports in console output and names the code addresses in them; see crash.h. */
#include "crash.h"

#include <stdlib.h>
#include <string.h>

#define REPORT_START "*** crash: "
#define REPORT_END   "*** end of crash report"

/* A report's lines are shorter; text of a broken guest that looks like a report's start is not held for ever. */
#define LINE_MAX_HELD 4096u

static struct symbols *symbols_of(struct crash_filter *filter)
{
        if (!filter->tried_symbols) {
                filter->tried_symbols = true;
                filter->symbols = symbols_open(filter->path);
        }
        return filter->symbols;
}

/* Reads "0x" and hexadecimal digits that reach to `end`. */
static bool read_address(const char *text, const char *end, uint64_t *address)
{
        uint64_t value = 0;
        if (end - text < 3 || end - text > 18 || text[0] != '0' || text[1] != 'x')
                return false;
        for (text += 2; text < end; text++) {
                const char *digits = "0123456789abcdef", *digit = strchr(digits, *text);
                if (digit == NULL || *digit == '\0')
                        return false;
                value = value << 4 | (uint64_t)(digit - digits);
        }
        *address = value;
        return true;
}

/* "*** crash: REASON at 0xCODE" */
static bool translate_start(struct crash_filter *filter, const char *line, const char *end, struct text *out)
{
        static const char at[] = " at ";
        const char *place = NULL;
        for (const char *p = line; p + sizeof(at) - 1 < end; p++) {
                if (memcmp(p, at, sizeof(at) - 1) == 0)
                        place = p + sizeof(at) - 1;
        }
        uint64_t address;
        if (place == NULL || !read_address(place, end, &address) || symbols_of(filter) == NULL)
                return false;
        const size_t before = out->length;
        text_add_bytes(out, line, (size_t)(place - line));
        if (symbols_add_line(filter->symbols, address, out) || symbols_add_function(filter->symbols, address, out))
                return true;
        out->length = before;
        return false;
}

/* "  #N 0xCODE": the first is the instruction itself, the others are where calls return to. */
static bool translate_frame(struct crash_filter *filter, const char *line, const char *end, struct text *out)
{
        const char *p = line + 3;
        if (end - line < 7 || memcmp(line, "  #", 3) != 0)
                return false;
        while (p < end && *p >= '0' && *p <= '9')
                p++;
        uint64_t address;
        if (p == line + 3 || p == end || *p != ' ' || !read_address(p + 1, end, &address) || symbols_of(filter) == NULL)
                return false;
        if (strtoul(line + 3, NULL, 10) != 0 && address != 0)
                address--;
        const size_t before = out->length;
        text_add_bytes(out, line, (size_t)(p + 1 - line));
        if (symbols_add_function(filter->symbols, address, out))
                return true;
        out->length = before;
        return false;
}

static bool begins(const char *line, size_t length, const char *with)
{
        return length >= strlen(with) && memcmp(line, with, strlen(with)) == 0;
}

/* A whole line, newline included, that may belong to a report. */
static void take_line(struct crash_filter *filter, struct text *out)
{
        const char *line = filter->held.bytes;
        const size_t length = filter->held.length;
        const char *end = line + length - 1;
        if (end > line && end[-1] == '\r')
                end--;
        bool translated = false;
        if (begins(line, length, REPORT_START)) {
                filter->in_report = true;
                translated = translate_start(filter, line, end, out);
        } else if (begins(line, length, REPORT_END)) {
                filter->in_report = false;
        } else if (filter->in_report) {
                translated = translate_frame(filter, line, end, out);
        }
        const size_t rest = translated ? (size_t)(end - line) : 0;
        text_add_bytes(out, line + rest, length - rest);
        filter->held.length = 0;
}

/* Could what is held still become a line of a report? */
static bool is_of_interest(const struct crash_filter *filter)
{
        const size_t length = filter->held.length, start = strlen(REPORT_START);
        if (length > LINE_MAX_HELD)
                return false;
        return filter->in_report || memcmp(filter->held.bytes, REPORT_START, length < start ? length : start) == 0;
}

void crash_filter(struct crash_filter *filter, const char *bytes, size_t length, struct text *out)
{
        while (length != 0) {
                const char *newline = memchr(bytes, '\n', length);
                const size_t part = newline != NULL ? (size_t)(newline - bytes) + 1 : length;
                if (filter->at_line_start) {
                        text_add_bytes(&filter->held, bytes, part);
                        if (!is_of_interest(filter))
                                crash_filter_flush(filter, out);
                        else if (newline != NULL)
                                take_line(filter, out);
                } else {
                        text_add_bytes(out, bytes, part);
                }
                if (newline != NULL)
                        filter->at_line_start = true;
                bytes += part;
                length -= part;
        }
}

void crash_filter_flush(struct crash_filter *filter, struct text *out)
{
        if (filter->held.length == 0)
                return;
        text_add_bytes(out, filter->held.bytes, filter->held.length);
        filter->held.length = 0;
        filter->at_line_start = false;
}

void crash_filter_close(struct crash_filter *filter)
{
        symbols_close(filter->symbols);
        text_free(&filter->held);
}
