/* The supervisor's side of its control connections. Nothing here waits. */
#ifndef CLI_INSTANCES_CLIENTS_H
#define CLI_INSTANCES_CLIENTS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "../text.h"

#define CLIENTS_MAX 16u

struct client {
        int socket; /* -1: a free place */
        bool is_attached;
        bool wants_counts;
        struct text pending; /* output that the client has not taken yet */
};

struct clients {
        int listener;
        struct client places[CLIENTS_MAX];
};

/* Called with each packet, `length` at least 1, followed by a NUL. */
typedef void clients_packet(void *context, struct client *client, const char *packet, size_t length);

/* False: errno says why. */
bool clients_open(struct clients *clients, int directory);

/* Closes all connections once what is pending was offered a last time. */
void clients_close(struct clients *clients);

/* Fills in at most CLIENTS_MAX + 1 descriptors, and returns how many. Attached clients are read only when the guest
 * `takes_input`. */
size_t clients_prepare(const struct clients *clients, bool takes_input, struct pollfd *polled);
void clients_serve(struct clients *clients, const struct pollfd *polled, clients_packet *packet, void *context);

/* One packet; a client that cannot take it is dropped. */
void client_send(struct client *client, const char *packet, size_t length);

/* To all attached clients. Who falls too far behind is dropped. */
void clients_output(struct clients *clients, const char *bytes, size_t length);

#endif
