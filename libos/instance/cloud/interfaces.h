/* Which interface of a network configuration is which device: by MAC address where there is one, else by order. */
#ifndef CORACLE_INSTANCE_INTERFACES_H
#define CORACLE_INSTANCE_INTERFACES_H

#include "../values.h"

#define INTERFACES_MAX      6u
#define INTERFACE_VALUE_MAX 200u

struct interface_words {
        bool has_mac;
        uint8_t mac[6];
        char value[2][INTERFACE_VALUE_MAX]; /* of coracle.ipN, of coracle.ip6_N; empty: there is none */
};

/* "52:54:00:12:34:56", or with -. */
bool interface_mac_parse(const char *text, uint8_t mac[6]);

/*
 * Without any MAC address they are the first devices, in their order. Else nothing is set before the devices are known;
 * of several calls the first counts then. The source stays, the rest is copied.
 */
void interfaces_set(const struct instance_source *source, const struct interface_words *interfaces, unsigned count);

#endif
