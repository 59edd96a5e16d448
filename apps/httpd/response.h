/* Responses: what to answer to a request, as a head in a buffer and a body in memory that stays. */
#ifndef HTTPD_RESPONSE_H
#define HTTPD_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

#include "request.h"

#define RESPONSE_HEAD_MAX 1536u

struct response {
        int status;
        size_t head_bytes;
        const char *body; /* image memory, or `owned` */
        size_t body_bytes;
        char *owned; /* to be freed when the body is sent; NULL for image memory */
        bool keep_alive;
        bool says_keep_alive; /* a client of HTTP/1.0 has to be told */
};

/* Answers a well-formed request with files below `root`, or "/metrics". Writes the head to `head`. */
void response_to_request(const char *root, const struct request *request, char head[RESPONSE_HEAD_MAX],
                         struct response *response);

/* Answers with an error status and a short page that names it; the connection closes behind it. */
void response_of_error(int status, bool body_wanted, char head[RESPONSE_HEAD_MAX], struct response *response);

#endif
