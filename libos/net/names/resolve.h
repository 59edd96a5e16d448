/* Asking name servers. */
#ifndef CORACLE_NET_RESOLVE_H
#define CORACLE_NET_RESOLVE_H

#include <stddef.h>
#include <stdint.h>

#include "dns_message.h"

#define RESOLVE_ADDRESSES 16u

struct resolved {
        unsigned count;
        struct {
                uint16_t type; /* DNS_TYPE_A or DNS_TYPE_AAAA */
                uint8_t bytes[16];
        } addresses[RESOLVE_ADDRESSES];
        char name[DNS_NAME_MAX]; /* the canonical name, or what a PTR query found */
};

/*
 * Asks for all the types (a zero ends the list) at once. Blocks for at most some seconds for each server.
 * Returns 0, or EAI_NONAME, EAI_NODATA, EAI_AGAIN, EAI_FAIL, EAI_MEMORY.
 */
int resolve(const char *name, const uint16_t *types, struct resolved *resolved);

#endif
