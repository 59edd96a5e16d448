/*
 * Bytes that the network of a guest in the background moved. A tap's are counted by the kernel. Of other networks QEMU
 * writes down each frame (frame_log.h), but only while somebody asks: that costs a system call for each.
 */
#ifndef CLI_TRAFFIC_TRAFFIC_H
#define CLI_TRAFFIC_TRAFFIC_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "../instances/monitor.h"
#include "frame_log.h"

#define TRAFFIC_PORTS 2u /* the network that a guest asks for, and that of its composition */

/* From the guest's side. */
enum traffic_direction { TRAFFIC_IN, TRAFFIC_OUT, TRAFFIC_DIRECTIONS };

struct traffic_port {
        const char *netdev; /* its name in QEMU's command line */
        int counters;       /* of a tap: the list that it is in, and its name; else -1 */
        char interface[IFNAMSIZ];
        struct frame_log logs[TRAFFIC_DIRECTIONS];
};

struct traffic {
        struct traffic_port ports[TRAFFIC_PORTS];
        unsigned count;
        unsigned watch;    /* how often QEMU began to write: counts of two watches are not to be compared */
        double watch_ends; /* by the caller's clock, in ms; 0: QEMU does not write */
};

/* A network that has no counters is left out, and then nothing is known of the guest's. */
void traffic_add_tap(struct traffic *traffic, const char *interface, int counters); /* which it takes */
void traffic_add(struct traffic *traffic, const char *netdev);
void traffic_close(struct traffic *traffic);

/* Somebody asks. The counts are there when QEMU has nothing left to answer. */
void traffic_watch(struct traffic *traffic, struct monitor *monitor, double now_ms);

/* To be called by the clock: when nobody has asked for a while QEMU writes no more. */
void traffic_rest(struct traffic *traffic, struct monitor *monitor, double now_ms);

/* False: not known. */
bool traffic_read(struct traffic *traffic, const struct monitor *monitor, uint64_t bytes[TRAFFIC_DIRECTIONS]);

#endif
