/* One request to the metadata service at http://169.254.169.254/. */
#ifndef CORACLE_INSTANCE_FETCH_H
#define CORACLE_INSTANCE_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http.h"

#define FETCH_BYTES_MAX 294912u /* of an answer: what a disk's file may have, and the headers */

/* Whether the program has a network, and the machine a network device. */
bool fetch_is_possible(void);

/* Waits until there is an address. Returns 0 or a negative errno. */
int fetch_wait_configured(void);

/*
 * Sends the request and reads the answer. Returns its bytes, which the caller frees and reply->body points into; NULL:
 * *error is -ETIMEDOUT (deadline), -ECONNREFUSED or -ECONNRESET (no connection, or not for long), -EHOSTUNREACH (no
 * route), -EMSGSIZE (an answer that is too large), -EPROTO (no answer of HTTP), -ENOMEM.
 */
char *fetch(const char *request, uint64_t deadline, struct http_reply *reply, int *error);

#endif
