/* -p: ports of the host that lead to ports of the guest. */
#ifndef CLI_RUN_FORWARD_H
#define CLI_RUN_FORWARD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct forward {
        bool udp;
        struct in_addr address; /* of the host; 127.0.0.1 unless told otherwise */
        uint16_t host;
        uint16_t guest;
};

/* Parses "[tcp:|udp:][ADDRESS:]HOST:GUEST" or "[tcp:|udp:]PORT" (the same on both sides). False: malformed. */
bool forward_parse(struct forward *forward, const char *text);

/* 0 when the host's port can be bound, else the errno of trying. */
int forward_try(const struct forward *forward);

#endif
