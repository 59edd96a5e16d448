/* The services that a program may call by name. */
#ifndef CORACLE_NET_SERVICES_H
#define CORACLE_NET_SERVICES_H

#include <stdint.h>

struct service {
        const char *name;
        uint16_t port;
        uint8_t protocols; /* SERVICE_TCP | SERVICE_UDP */
};
#define SERVICE_TCP 1u
#define SERVICE_UDP 2u

extern const struct service services[]; /* ends with a NULL name */

#endif
