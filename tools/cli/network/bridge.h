/*
 * A bridge in a network namespace of its own, coracle-NAME, where `ip netns exec coracle-NAME ...` finds it. Guests are
 * on taps that go when their QEMU goes; the namespace stays until it is taken down. Needs CAP_SYS_ADMIN and
 * CAP_NET_ADMIN.
 */
#ifndef CLI_NETWORK_BRIDGE_H
#define CLI_NETWORK_BRIDGE_H

/* Makes what is not there. `address` (ADDRESS/BITS) is the bridge's own. Returns 0 or an errno. */
int bridge_up(const char *name, const char *address);

/* Removes it, if it is there. */
void bridge_down(const char *name);

/* A descriptor of the namespace, or -1. */
int bridge_open(const char *name);

/* Makes a tap on the bridge: its descriptor, or -1 and errno. *counters: link_counters_open in the namespace. */
int bridge_join(const char *name, const char *interface, int *counters);

#endif
