/*
 * What an appliance may tell about the guest it is: public, for applications. Every function may be called from any
 * thread, does not block for long, and pulls in nothing that the program does not use anyway but what it reports.
 */
#ifndef CORACLE_STATS_H
#define CORACLE_STATS_H

#include <stdint.h>

struct coracle_memory_stats {
        uint64_t total_bytes; /* RAM that was free when the guest started */
        uint64_t free_bytes;  /* of it, not in use now */
        uint64_t heap_bytes;  /* handed to malloc */
};

struct coracle_netdev_stats {
        char name[16];      /* "net0" */
        const char *driver; /* "virtio-net" */
        uint8_t mac[6];
        uint8_t link_up;  /* 1 or 0 */
        uint8_t disabled; /* 1: the device misbehaved and is no longer used */
        uint64_t rx_packets, rx_bytes, rx_dropped, rx_errors;
        uint64_t tx_packets, tx_bytes, tx_dropped, tx_errors;
};

/* TCP states in the order of RFC 9293, section 3.3.2, CLOSED last. */
enum coracle_tcp_state {
        CORACLE_TCP_LISTEN,
        CORACLE_TCP_SYN_SENT,
        CORACLE_TCP_SYN_RECEIVED,
        CORACLE_TCP_ESTABLISHED,
        CORACLE_TCP_FIN_WAIT_1,
        CORACLE_TCP_FIN_WAIT_2,
        CORACLE_TCP_CLOSE_WAIT,
        CORACLE_TCP_CLOSING,
        CORACLE_TCP_LAST_ACK,
        CORACLE_TCP_TIME_WAIT,
        CORACLE_TCP_CLOSED,
        CORACLE_TCP_STATES
};

/* Nanoseconds since the guest started. */
uint64_t coracle_uptime_ns(void);

/*
 * Nanoseconds in which this guest had work to do and the hypervisor ran others instead, into *nanoseconds. Returns 0,
 * or -1: the hypervisor does not say.
 */
int coracle_cpu_stolen_ns(uint64_t *nanoseconds);

void coracle_memory_stats(struct coracle_memory_stats *stats);

/* Threads that exist, the first one included. */
unsigned coracle_thread_count(void);

/* The index-th network device. Returns 0, or -1 when there is no such device. */
int coracle_netdev_stats(unsigned index, struct coracle_netdev_stats *stats);

/* Connections in each state into counts[CORACLE_TCP_STATES]. */
void coracle_tcp_stats(unsigned counts[CORACLE_TCP_STATES]);

/* The name of a state in lower case with underscores ("time_wait"), for labels. */
const char *coracle_tcp_state_name(enum coracle_tcp_state state);

#endif
