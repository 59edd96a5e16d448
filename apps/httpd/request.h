/*
 * HTTP/1.1 request heads (RFC 9112): an incremental parser over the connection's own buffer.
 *
 * It copies nothing: the strings of a request point into the buffer and are valid until the buffer is changed.
 */
#ifndef HTTPD_REQUEST_H
#define HTTPD_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_HEAD_MAX    8192u  /* bytes of a whole head; beyond: 431, or 414 while still in the first line */
#define REQUEST_TARGET_MAX  2048u  /* bytes of a target; beyond: 414 */
#define REQUEST_BODY_MAX    65536u /* bytes of a body, which is read and thrown away; beyond: 413 */
#define REQUEST_HEADERS_MAX 64u    /* fields of one head; beyond: 431 */

struct text {
        const char *start;
        size_t length;
};

enum request_method { METHOD_GET, METHOD_HEAD, METHOD_OTHER };

struct request {
        enum request_method method;
        struct text target; /* as sent, the query included */
        unsigned minor;     /* HTTP/1.minor */
        bool keep_alive;    /* the connection may go on after the response */
        bool expect_continue;
        uint64_t body_bytes;                        /* that follow the head */
        struct text range, if_range, if_none_match; /* start is NULL when absent */
        size_t head_bytes;                          /* from the start of the buffer to the first byte behind the head */
};

/*
 * Parses the head at the start of `data`. `scanned` is the caller's, 0 for a new head: it remembers how far the
 * search for the end has come, so that a head that arrives byte by byte is not searched again from the start.
 *
 * Returns 0 when a whole head is there (*request is filled in), REQUEST_INCOMPLETE when more bytes are needed, else
 * the HTTP status with which to refuse it: 400, 413, 414, 431, 501 or 505. After a refusal the connection cannot be
 * used further, as nobody knows where the next request would start.
 */
#define REQUEST_INCOMPLETE (-1)
int request_parse(const char *data, size_t bytes, size_t *scanned, struct request *request);

/* Whether `list`, a comma-separated list of tokens, contains `token`, whatever the case of letters. */
bool text_has_token(struct text list, const char *token);

/* Compares without regard to the case of ASCII letters. */
bool text_equals(struct text text, const char *other);

#endif
