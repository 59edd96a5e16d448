/* Answers of HTTP/1.0 and 1.1 (RFC 9112) to a request that wants the connection closed, from memory. */
#ifndef CORACLE_INSTANCE_HTTP_H
#define CORACLE_INSTANCE_HTTP_H

#include <stdbool.h>
#include <stddef.h>

enum http_state {
        HTTP_MORE, /* the answer is not whole */
        HTTP_DONE,
        HTTP_BAD /* no answer of HTTP, or one whose body comes in chunks, which nobody asked for */
};

struct http_reply {
        unsigned status;  /* 200 */
        const char *body; /* within the data */
        size_t bytes;
};

/*
 * Reads what has come so far; `ended`: nothing will follow. A body without a Content-Length ends with the connection,
 * one that is shorter than its Content-Length is HTTP_BAD.
 */
enum http_state http_read(const char *data, size_t bytes, bool ended, struct http_reply *reply);

#endif
