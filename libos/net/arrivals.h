/* What arrives on the wire and lwIP must not see (arrivals.c). Core lock held. */
#ifndef CORACLE_NET_ARRIVALS_H
#define CORACLE_NET_ARRIVALS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Whether the IP packet, whose fixed header is all there, says that it comes from this guest. Such a one is forged, or
 * has gone in a circle: what the guest sends to itself does not leave it. To answer it would be to answer oneself.
 */
bool arrival_ipv4_is_ours(const uint8_t *packet);
bool arrival_ipv6_is_ours(const uint8_t *packet);

#endif
