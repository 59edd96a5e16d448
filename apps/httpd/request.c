/* HTTP/1.1 request heads: see request.h. Section numbers are of RFC 9112 unless said otherwise. */
#include "request.h"

#include <string.h>

static char lower(char c)
{
        return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool text_equals(struct text text, const char *other)
{
        for (size_t i = 0; i < text.length; i++) {
                if (other[i] == '\0' || lower(text.start[i]) != lower(other[i]))
                        return false;
        }
        return other[text.length] == '\0';
}

static bool is_blank(char c)
{
        return c == ' ' || c == '\t';
}

static struct text trim(struct text text)
{
        while (text.length > 0 && is_blank(text.start[0])) {
                text.start++;
                text.length--;
        }
        while (text.length > 0 && is_blank(text.start[text.length - 1]))
                text.length--;
        return text;
}

bool text_has_token(struct text list, const char *token)
{
        size_t at = 0;

        while (at < list.length) {
                const char *comma = memchr(list.start + at, ',', list.length - at);
                size_t end = comma == NULL ? list.length : (size_t)(comma - list.start);
                if (text_equals(trim((struct text){list.start + at, end - at}), token))
                        return true;
                at = end + 1;
        }
        return false;
}

/* RFC 9110, section 5.6.2: the characters of a token. */
static bool is_token_character(char c)
{
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
                return true;
        return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static bool is_token(struct text text)
{
        for (size_t i = 0; i < text.length; i++) {
                if (!is_token_character(text.start[i]))
                        return false;
        }
        return text.length > 0;
}

/* The end of the head: the offset behind the first empty line, or 0 while there is none. */
static size_t find_head_end(const char *data, size_t bytes, size_t *scanned)
{
        size_t at = *scanned;

        while (at < bytes) {
                const char *newline = memchr(data + at, '\n', bytes - at);
                if (newline == NULL) {
                        at = bytes;
                        break;
                }
                size_t next = (size_t)(newline - data) + 1;
                if (next < bytes && data[next] == '\n')
                        return next + 1;
                if (next + 1 < bytes && data[next] == '\r' && data[next + 1] == '\n')
                        return next + 2;
                if (next + 1 >= bytes) { /* what decides has not arrived: look at this newline again */
                        at = next - 1;
                        break;
                }
                at = next;
        }
        *scanned = at;
        return 0;
}

/* Takes one line off the head that ends at `end`, without its line ending. The head ends with an empty line. */
static struct text take_line(const char *data, size_t end, size_t *at)
{
        const char *start = data + *at;
        const char *newline = memchr(start, '\n', end - *at);
        if (newline == NULL)
                return (struct text){start, 0};
        struct text line = {start, (size_t)(newline - start)};

        *at += line.length + 1;
        if (line.length > 0 && start[line.length - 1] == '\r')
                line.length--;
        return line;
}

/* Section 3: method SP request-target SP HTTP-version. */
static int parse_request_line(struct text line, struct request *request)
{
        const char *end = line.start + line.length;
        const char *space = memchr(line.start, ' ', line.length);
        if (space == NULL)
                return 400;
        struct text method = {line.start, (size_t)(space - line.start)};
        if (!is_token(method))
                return 400;

        const char *target = space + 1;
        space = memchr(target, ' ', (size_t)(end - target));
        if (space == NULL)
                return 400;
        request->target = (struct text){target, (size_t)(space - target)};
        struct text version = {space + 1, (size_t)(end - space - 1)};

        if (version.length != 8 || memcmp(version.start, "HTTP/", 5) != 0 || version.start[6] != '.' ||
            version.start[5] < '0' || version.start[5] > '9' || version.start[7] < '0' || version.start[7] > '9')
                return 400;
        if (version.start[5] != '1')
                return 505;
        request->minor = version.start[7] == '0' ? 0 : 1;

        if (request->target.length == 0)
                return 400;
        if (request->target.length > REQUEST_TARGET_MAX)
                return 414;
        for (size_t i = 0; i < request->target.length; i++) {
                unsigned char c = (unsigned char)request->target.start[i];
                if (c <= 0x20 || c == 0x7f)
                        return 400;
        }
        /* Methods are case-sensitive (RFC 9110, section 9.1). */
        if (method.length == 3 && memcmp(method.start, "GET", 3) == 0)
                request->method = METHOD_GET;
        else if (method.length == 4 && memcmp(method.start, "HEAD", 4) == 0)
                request->method = METHOD_HEAD;
        else
                request->method = METHOD_OTHER;
        return 0;
}

/* RFC 9110, section 8.6: digits only. Saturates: what is too large is refused for its size, not its form. */
static bool parse_length(struct text value, uint64_t *length)
{
        uint64_t result = 0;

        if (value.length == 0)
                return false;
        for (size_t i = 0; i < value.length; i++) {
                if (value.start[i] < '0' || value.start[i] > '9')
                        return false;
                if (result < UINT64_MAX / 16)
                        result = result * 10 + (uint64_t)(value.start[i] - '0');
        }
        *length = result;
        return true;
}

/* What the fields of a head add up to while it is read. */
struct head_state {
        unsigned hosts, lengths, fields;
        bool close, keep_alive;
};

static int take_field(struct text name, struct text value, struct request *request, struct head_state *state)
{
        if (text_equals(name, "host")) {
                state->hosts++;
        } else if (text_equals(name, "connection")) {
                state->close = state->close || text_has_token(value, "close");
                state->keep_alive = state->keep_alive || text_has_token(value, "keep-alive");
        } else if (text_equals(name, "content-length")) {
                uint64_t length;
                if (!parse_length(value, &length) || (state->lengths > 0 && length != request->body_bytes))
                        return 400; /* section 6.3: differing lengths are an attack */
                state->lengths++;
                request->body_bytes = length;
        } else if (text_equals(name, "transfer-encoding")) {
                return 501; /* section 6.1: a coding that the server does not understand */
        } else if (text_equals(name, "expect")) {
                request->expect_continue = text_equals(value, "100-continue");
        } else if (text_equals(name, "range")) {
                request->range = value;
        } else if (text_equals(name, "if-range")) {
                request->if_range = value;
        } else if (text_equals(name, "if-none-match")) {
                request->if_none_match = value;
        }
        return 0;
}

/* Section 5: field-name ":" OWS field-value OWS; no folding, no space before the colon. */
static int parse_field(struct text line, struct request *request, struct head_state *state)
{
        const char *colon = memchr(line.start, ':', line.length);
        if (colon == NULL)
                return 400;
        struct text name = {line.start, (size_t)(colon - line.start)};
        struct text value = trim((struct text){colon + 1, line.length - name.length - 1});
        if (!is_token(name))
                return 400;
        for (size_t i = 0; i < value.length; i++) {
                unsigned char c = (unsigned char)value.start[i];
                if ((c < 0x20 && c != '\t') || c == 0x7f)
                        return 400;
        }
        if (++state->fields > REQUEST_HEADERS_MAX)
                return 431;
        return take_field(name, value, request, state);
}

/* Section 2.2: empty lines before a request line are skipped. */
static size_t skip_empty_lines(const char *data, size_t bytes)
{
        size_t at = 0;

        while (at < bytes && (data[at] == '\n' || (data[at] == '\r' && at + 1 < bytes && data[at + 1] == '\n')))
                at += data[at] == '\n' ? 1 : 2;
        return at;
}

static int refuse_or_wait(const char *data, size_t start, size_t bytes)
{
        if (bytes < REQUEST_HEAD_MAX)
                return REQUEST_INCOMPLETE;
        if (start == bytes)
                return 400; /* nothing but empty lines */
        return memchr(data + start, '\n', bytes - start) == NULL ? 414 : 431;
}

int request_parse(const char *data, size_t bytes, size_t *scanned, struct request *request)
{
        size_t at = skip_empty_lines(data, bytes);
        if (*scanned < at)
                *scanned = at;

        size_t end = find_head_end(data, bytes, scanned);
        if (end == 0)
                return refuse_or_wait(data, at, bytes);
        if (end - at > REQUEST_HEAD_MAX)
                return 431;
        if (memchr(data, '\0', end) != NULL)
                return 400;

        *request = (struct request){.head_bytes = end};
        struct head_state state = {0};
        int status = parse_request_line(take_line(data, end, &at), request);
        while (status == 0) {
                struct text line = take_line(data, end, &at);
                if (line.length == 0)
                        break;
                status = parse_field(line, request, &state);
        }
        if (status != 0)
                return status;
        /* Section 3.2: exactly one Host in HTTP/1.1. */
        if (state.hosts > 1 || (request->minor > 0 && state.hosts == 0))
                return 400;
        if (request->body_bytes > REQUEST_BODY_MAX)
                return 413;
        /* Section 9.3. */
        request->keep_alive = !state.close && (request->minor > 0 || state.keep_alive);
        return 0;
}
