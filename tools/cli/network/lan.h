/* The network that the guests of a composition share, and how one of them joins it. */
#ifndef CLI_NETWORK_LAN_H
#define CLI_NETWORK_LAN_H

#include <net/if.h>
#include <stdbool.h>

#define LAN_NAME_MAX 48u

enum lan_kind {
        LAN_AUTO,   /* a bridge for who may make one, else a switch */
        LAN_BRIDGE, /* taps on a bridge in a network namespace, see bridge.h */
        LAN_SWITCH  /* a process that passes frames between sockets, see switch.h */
};

struct lan {
        enum lan_kind kind;
        char name[LAN_NAME_MAX + 1]; /* the composition's */
        char gateway[32];            /* the host's address in it, ADDRESS/BITS; a switch has no host in it */
};

/* One guest in it. */
struct lan_port {
        struct lan lan;
        unsigned number;  /* unlike those of the others */
        char mac[18];     /* 52:54:... */
        char address[64]; /* what coracle.ip= takes */
};

/*
 * Brings the network up where it is not. LAN_AUTO becomes what it is to be. Returns a descriptor that keeps it up until
 * the first guest has joined. Exits with a message when it cannot be made.
 */
int lan_up(struct lan *lan);

/* Takes it down; with a switch, that has ended with its last guest. */
void lan_down(const struct lan *lan);

/* The guest's end. The caller closes both descriptors. */
struct lan_end {
        int descriptor; /* a tap's (LAN_BRIDGE), or a socket of which each packet is a frame (LAN_SWITCH) */
        bool is_tap;
        char interface[IFNAMSIZ]; /* the tap's name in its namespace */
        int counters;             /* the tap's: link_counters_open in its namespace */
};

/* False: errno says why not. */
bool lan_join(const struct lan_port *port, struct lan_end *end);

#endif
