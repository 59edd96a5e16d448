/* Connections: reading requests, writing responses, time-outs, and bounds on what a client can make the server keep. */
#ifndef HTTPD_CONNECTION_H
#define HTTPD_CONNECTION_H

#include <stdint.h>
#include <sys/queue.h>

struct connection;
TAILQ_HEAD(connection_list, connection);

/* Each kind of waiting has a time-out of its own; all waits of a kind last equally long, so lists stay sorted. */
enum wait_kind { WAIT_IDLE, WAIT_REQUEST, WAIT_WRITE, WAIT_LINGER, WAIT_KINDS };

struct server {
        int epoll;
        int listener;
        const char *root; /* directory that is served */
        unsigned limit;   /* connections open at once */
        unsigned open;
        uint64_t now;                               /* milliseconds, monotonic, updated once a round */
        struct connection_list waiting[WAIT_KINDS]; /* oldest deadline first */
};

void connections_init(struct server *server);

/* Takes over a non-blocking socket. When there is no room, an idle connection gives way; else the client gets a 503. */
void connection_open(struct server *server, int descriptor);

/* Acts on what epoll reported for a connection; it may be gone afterwards. */
void connection_ready(struct server *server, struct connection *connection, unsigned events);

/* Ends what has waited too long. Returns the milliseconds until the next deadline, -1 when there is none. */
int connections_expire(struct server *server);

#endif
