/* Responses: conditional and range requests (RFC 9110, sections 13 and 14) over the files of the image. */
#include "response.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "files.h"
#include "metrics.h"

/* Append-only text in a buffer that is known to be large enough for every head this file makes. */
struct head {
        char *start;
        size_t length;
};

static void put(struct head *head, const char *text)
{
        size_t length = strlen(text);
        if (head->length + length < RESPONSE_HEAD_MAX) {
                memcpy(head->start + head->length, text, length);
                head->length += length;
        }
}

static void put_number(struct head *head, uint64_t number)
{
        char digits[24];
        char *digit = digits + sizeof digits - 1;

        *digit = '\0';
        do {
                *--digit = (char)('0' + number % 10);
                number /= 10;
        } while (number != 0);
        put(head, digit);
}

static const char *reason(int status)
{
        switch (status) {
        case 200:
                return "OK";
        case 206:
                return "Partial Content";
        case 301:
                return "Moved Permanently";
        case 304:
                return "Not Modified";
        case 400:
                return "Bad Request";
        case 404:
                return "Not Found";
        case 405:
                return "Method Not Allowed";
        case 408:
                return "Request Timeout";
        case 413:
                return "Content Too Large";
        case 414:
                return "URI Too Long";
        case 416:
                return "Range Not Satisfiable";
        case 431:
                return "Request Header Fields Too Large";
        case 501:
                return "Not Implemented";
        case 503:
                return "Service Unavailable";
        case 505:
                return "HTTP Version Not Supported";
        default:
                return "Internal Server Error";
        }
}

/* RFC 9110, section 6.6.1: a server with a clock sends the date. Formatted once a second. */
static void put_date(struct head *head)
{
        static time_t formatted_at;
        static char line[48];
        time_t now = time(NULL);

        if (now < 24 * 60 * 60) /* the machine does not know the date */
                return;
        if (now != formatted_at) {
                struct tm parts;
                gmtime_r(&now, &parts);
                strftime(line, sizeof line, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
                formatted_at = now;
        }
        put(head, line);
}

static struct head begin(char *buffer, int status, const struct response *response)
{
        struct head head = {buffer, 0};

        put(&head, "HTTP/1.1 ");
        put_number(&head, (uint64_t)status);
        put(&head, " ");
        put(&head, reason(status));
        put(&head, "\r\nServer: coracle-httpd\r\n");
        put_date(&head);
        if (!response->keep_alive)
                put(&head, "Connection: close\r\n");
        else if (response->says_keep_alive)
                put(&head, "Connection: keep-alive\r\n");
        return head;
}

static void put_content(struct head *head, const char *type, size_t bytes)
{
        put(head, "Content-Type: ");
        put(head, type);
        put(head, "\r\nContent-Length: ");
        put_number(head, bytes);
        put(head, "\r\n");
}

static void finish(struct head *head, struct response *response, int status)
{
        put(head, "\r\n");
        response->head_bytes = head->length;
        response->status = status;
}

static void set_error_body(struct head *head, int status, bool body_wanted, struct response *response)
{
        static const char *const page = "<!doctype html><title>%d %s</title><h1>%d %s</h1>\n";
        char text[160];
        int length = snprintf(text, sizeof text, page, status, reason(status), status, reason(status));

        put_content(head, "text/html; charset=utf-8", (size_t)length);
        if (!body_wanted)
                return;
        response->owned = strdup(text);
        if (response->owned == NULL) { /* a head that promises more than comes must end the connection */
                response->keep_alive = false;
                return;
        }
        response->body = response->owned;
        response->body_bytes = (size_t)length;
}

void response_of_error(int status, bool body_wanted, char buffer[RESPONSE_HEAD_MAX], struct response *response)
{
        *response = (struct response){.keep_alive = false};
        struct head head = begin(buffer, status, response);
        set_error_body(&head, status, body_wanted, response);
        finish(&head, response, status);
}

/* An error that leaves the connection usable. */
static void refuse(int status, const struct request *request, char *buffer, struct response *response)
{
        struct head head = begin(buffer, status, response);
        if (status == 405)
                put(&head, "Allow: GET, HEAD\r\n");
        set_error_body(&head, status, request->method != METHOD_HEAD, response);
        finish(&head, response, status);
}

/* RFC 9110, section 13.1.2: weak comparison, and "*" matches whatever is there. */
static bool tag_matches(struct text list, const char *tag)
{
        size_t tag_length = strlen(tag);
        size_t at = 0;

        while (at < list.length) {
                struct text rest = {list.start + at, list.length - at};
                if (rest.start[0] == '*')
                        return true;
                if (rest.length >= 2 && rest.start[0] == 'W' && rest.start[1] == '/') {
                        rest.start += 2;
                        rest.length -= 2;
                }
                if (rest.length >= tag_length && memcmp(rest.start, tag, tag_length) == 0)
                        return true;
                const char *comma = memchr(rest.start, ',', rest.length);
                if (comma == NULL)
                        return false;
                at = (size_t)(comma - list.start) + 1;
                while (at < list.length && (list.start[at] == ' ' || list.start[at] == '\t'))
                        at++;
        }
        return false;
}

static bool take_digits(struct text *text, uint64_t *number)
{
        size_t length = 0;

        *number = 0;
        while (length < text->length && text->start[length] >= '0' && text->start[length] <= '9') {
                if (*number < UINT64_MAX / 16)
                        *number = *number * 10 + (uint64_t)(text->start[length] - '0');
                length++;
        }
        text->start += length;
        text->length -= length;
        return length > 0;
}

enum range_kind { RANGE_NONE, RANGE_SATISFIABLE, RANGE_BEYOND };

/*
 * RFC 9110, section 14.1.2: one range of bytes. Several ranges, other units and malformed ones are ignored, which
 * section 14.2 allows: the whole file is the answer then.
 */
static enum range_kind parse_range(struct text text, uint64_t bytes, uint64_t *first, uint64_t *last)
{
        if (text.start == NULL || text.length < 6 || !text_equals((struct text){text.start, 6}, "bytes="))
                return RANGE_NONE;
        text.start += 6;
        text.length -= 6;

        bool has_first = take_digits(&text, first);
        if (text.length == 0 || text.start[0] != '-')
                return RANGE_NONE;
        text.start++;
        text.length--;
        bool has_last = take_digits(&text, last);
        if (text.length != 0 || (!has_first && !has_last) || (has_first && has_last && *last < *first))
                return RANGE_NONE;

        if (!has_first) { /* the last N bytes */
                if (*last == 0 || bytes == 0)
                        return RANGE_BEYOND;
                *first = *last >= bytes ? 0 : bytes - *last;
                *last = bytes - 1;
                return RANGE_SATISFIABLE;
        }
        if (*first >= bytes)
                return RANGE_BEYOND;
        if (!has_last || *last >= bytes)
                *last = bytes - 1;
        return RANGE_SATISFIABLE;
}

static void set_body(const struct request *request, const char *data, size_t bytes, struct response *response)
{
        if (request->method != METHOD_HEAD) {
                response->body = data;
                response->body_bytes = bytes;
        }
}

static void put_validators(struct head *head, const struct served_file *file)
{
        put(head, "ETag: ");
        put(head, file->tag);
        put(head, "\r\nAccept-Ranges: bytes\r\nCache-Control: no-cache\r\n");
}

static void answer_with_file(const struct request *request, const struct served_file *file, char *buffer,
                             struct response *response)
{
        if (request->if_none_match.start != NULL && tag_matches(request->if_none_match, file->tag)) {
                struct head head = begin(buffer, 304, response);
                put_validators(&head, file);
                finish(&head, response, 304);
                return;
        }

        uint64_t first = 0;
        uint64_t last = 0;
        enum range_kind kind = RANGE_NONE;
        /* Section 14.2: ranges are defined for GET only; section 13.1.5: If-Range compares strongly. */
        if (request->method == METHOD_GET &&
            (request->if_range.start == NULL || text_equals(request->if_range, file->tag)))
                kind = parse_range(request->range, file->bytes, &first, &last);

        int status = kind == RANGE_NONE ? 200 : kind == RANGE_SATISFIABLE ? 206 : 416;
        struct head head = begin(buffer, status, response);
        if (kind == RANGE_BEYOND) {
                put(&head, "Content-Range: bytes */");
                put_number(&head, file->bytes);
                put(&head, "\r\nContent-Length: 0\r\n");
                finish(&head, response, status);
                return;
        }
        size_t bytes = kind == RANGE_NONE ? file->bytes : (size_t)(last - first + 1);
        put_validators(&head, file);
        put_content(&head, file->type, bytes);
        if (kind == RANGE_SATISFIABLE) {
                put(&head, "Content-Range: bytes ");
                put_number(&head, first);
                put(&head, "-");
                put_number(&head, last);
                put(&head, "/");
                put_number(&head, file->bytes);
                put(&head, "\r\n");
        }
        finish(&head, response, status);
        set_body(request, file->data + first, bytes, response);
}

static void answer_with_metrics(const struct request *request, char *buffer, struct response *response)
{
        size_t bytes = 0;
        char *text = metrics_text(&bytes);
        if (text == NULL) {
                refuse(503, request, buffer, response);
                return;
        }
        struct head head = begin(buffer, 200, response);
        put(&head, "Cache-Control: no-store\r\n");
        put_content(&head, "text/plain; version=0.0.4; charset=utf-8", bytes);
        finish(&head, response, 200);
        response->owned = text;
        set_body(request, text, bytes, response);
}

/* A directory named without its "/": relative links in its page would point to the wrong place. */
static void redirect(const char *path, char *buffer, struct response *response)
{
        struct head head = begin(buffer, 301, response);
        put(&head, "Location: ");
        for (const char *c = path; *c != '\0'; c++) { /* encoded again, so that no byte can end the line */
                char one[4] = {*c, '\0', '\0', '\0'};
                if ((unsigned char)*c <= 0x20 || (unsigned char)*c >= 0x7f || *c == '%' || *c == '?' || *c == '#')
                        snprintf(one, sizeof one, "%%%02X", (unsigned)(unsigned char)*c);
                put(&head, one);
        }
        put(&head, "/\r\nContent-Length: 0\r\n");
        finish(&head, response, 301);
}

void response_to_request(const char *root, const struct request *request, char buffer[RESPONSE_HEAD_MAX],
                         struct response *response)
{
        char path[REQUEST_TARGET_MAX + sizeof "index.html"];
        const struct served_file *file = NULL;

        *response = (struct response){.keep_alive = request->keep_alive, .says_keep_alive = request->minor == 0};
        if (request->method == METHOD_OTHER) {
                refuse(405, request, buffer, response);
                return;
        }
        int status = files_decode_target(request->target, path, sizeof path);
        if (status == 0 && strcmp(path, "/metrics") == 0) {
                answer_with_metrics(request, buffer, response);
                return;
        }
        if (status == 0)
                status = files_find(root, path, &file);
        if (status == 200 && file != NULL)
                answer_with_file(request, file, buffer, response);
        else if (status == 301)
                redirect(path, buffer, response);
        else
                refuse(status, request, buffer, response);
}
