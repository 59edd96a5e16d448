/* What the server and the guest count, in the Prometheus text format (version 0.0.4). */
#ifndef HTTPD_METRICS_H
#define HTTPD_METRICS_H

#include <stddef.h>
#include <stdint.h>

struct server_counters {
        uint64_t connections_accepted, connections_refused, connections_timed_out;
        uint64_t connections_open;
        uint64_t bytes_sent;
        uint64_t responses[6]; /* by the status's first digit; 0 is unused */
};

extern struct server_counters counters;

/* All metrics as text, to be freed; its length into *bytes. NULL: no memory. */
char *metrics_text(size_t *bytes);

#endif
