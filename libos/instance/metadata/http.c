/* Answers of HTTP; see http.h. */
#include "http.h"

#include <string.h>
#include <strings.h>

#define HEADERS_MAX 16384u

/* Where the line after this one starts; NULL: its end has not come. The line's length, without its end, into *length.
 */
static const char *next_line(const char *line, const char *end, size_t *length)
{
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        if (newline == NULL)
                return NULL;
        *length = (size_t)(newline - line);
        if (*length != 0 && line[*length - 1] == '\r')
                --*length;
        return newline + 1;
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

/* "HTTP/1.1 200 OK" */
static bool read_status(const char *line, size_t length, unsigned *status)
{
        if (length < 12 || memcmp(line, "HTTP/1.", 7) != 0 || !is_digit(line[7]) || line[8] != ' ')
                return false;
        *status = 0;
        for (size_t i = 9; i < 12; i++) {
                if (!is_digit(line[i]))
                        return false;
                *status = *status * 10 + (unsigned)(line[i] - '0');
        }
        return *status >= 100 && (length == 12 || line[12] == ' ');
}

/* The value of the header if the line is this one, its length into *value_length; else NULL. */
static const char *value_of(const char *line, size_t length, const char *name, size_t *value_length)
{
        const size_t name_length = strlen(name);
        if (length <= name_length || line[name_length] != ':' || strncasecmp(line, name, name_length) != 0)
                return NULL;
        size_t at = name_length + 1;
        while (at < length && (line[at] == ' ' || line[at] == '\t'))
                at++;
        while (length > at && (line[length - 1] == ' ' || line[length - 1] == '\t'))
                length--;
        *value_length = length - at;
        return line + at;
}

/* A decimal number of at most 9 digits. */
static bool read_number(const char *text, size_t length, size_t *number)
{
        *number = 0;
        if (length == 0 || length > 9)
                return false;
        for (size_t i = 0; i < length; i++) {
                if (!is_digit(text[i]))
                        return false;
                *number = *number * 10 + (size_t)(text[i] - '0');
        }
        return true;
}

struct headers {
        bool has_length;
        size_t length;
};

/* False: a header that makes the answer one that is not understood. */
static bool read_header(const char *line, size_t length, struct headers *headers)
{
        size_t value_length, number;
        const char *value = value_of(line, length, "Content-Length", &value_length);
        if (value != NULL) {
                if (!read_number(value, value_length, &number) || (headers->has_length && headers->length != number))
                        return false;
                headers->has_length = true;
                headers->length = number;
        }
        return value_of(line, length, "Transfer-Encoding", &value_length) == NULL;
}

static enum http_state read_body(const char *body, size_t bytes, bool ended, const struct headers *headers,
                                 struct http_reply *reply)
{
        reply->body = body;
        reply->bytes = headers->has_length && headers->length < bytes ? headers->length : bytes;
        if (headers->has_length && bytes >= headers->length)
                return HTTP_DONE;
        if (!ended)
                return HTTP_MORE;
        return headers->has_length ? HTTP_BAD : HTTP_DONE;
}

enum http_state http_read(const char *data, size_t bytes, bool ended, struct http_reply *reply)
{
        const char *end = data + bytes;
        struct headers headers = {0};
        size_t length;
        const enum http_state more = ended || bytes > HEADERS_MAX ? HTTP_BAD : HTTP_MORE;
        const char *line = next_line(data, end, &length);
        if (line == NULL)
                return more;
        if (!read_status(data, length, &reply->status))
                return HTTP_BAD;
        for (;;) {
                const char *header = line;
                line = next_line(line, end, &length);
                if (line == NULL)
                        return more;
                if (length == 0)
                        return read_body(line, (size_t)(end - line), ended, &headers, reply);
                if (!read_header(header, length, &headers))
                        return HTTP_BAD;
        }
}
