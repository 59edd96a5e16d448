/* The kernel's counters of a network interface, from the list of the network namespace that it is in: proc(5), net/dev.
 */
#ifndef CLI_TRAFFIC_LINK_COUNTERS_H
#define CLI_TRAFFIC_LINK_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

/* The list of the calling thread's namespace: it stays that one's. -1: errno says why. */
int link_counters_open(void);

/* Bytes that the interface received, and sent. False: it is not in the list. */
bool link_counters_read(int list, const char *interface, uint64_t *received, uint64_t *sent);

#endif
