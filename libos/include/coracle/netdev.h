/*
 * Network devices as the network stack sees them. Drivers see netdev_driver.h.
 *
 * A buffer is direct-map memory that a device can reach. Receive buffers belong to the stack from the moment they are
 * taken until it calls release (any order, any context): that is what makes receive copy-free.
 */
#ifndef CORACLE_NETDEV_H
#define CORACLE_NETDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct netdev;

#define NETDEV_NAME_MAX     16
#define NETDEV_SEGMENTS_MAX 20

/* Capabilities, fixed once the device is registered. */
#define NETDEV_TX_CHECKSUM 0x1u /* completes TCP/UDP checksums, see netdev_offload */
#define NETDEV_TX_TSO4     0x2u /* cuts large TCP segments */
#define NETDEV_TX_TSO6     0x4u
#define NETDEV_RX_CHECKSUM 0x8u  /* marks packets whose checksum was verified or never left the host */
#define NETDEV_RX_LARGE    0x10u /* may deliver TCP segments larger than the MTU (LRO, GRO) */

struct netdev_info {
        char name[NETDEV_NAME_MAX]; /* "net0" */
        const char *driver;         /* "virtio-net" */
        uint8_t mac[6];
        uint16_t mtu;
        uint16_t receive_buffers; /* that the driver keeps posted; the stack holds at most half of them at a time */
        unsigned capabilities;
};

struct netdev_statistics {
        uint64_t rx_packets, rx_bytes, rx_dropped, rx_errors;
        uint64_t tx_packets, tx_bytes, tx_dropped, tx_errors;
        uint64_t interrupts, kicks;
};

/* A received packet: one or more pieces chained by next; the flags are on the first. */
struct netdev_buffer {
        struct netdev_buffer *next;
        uint8_t *data; /* this piece's bytes */
        uint32_t length;
        uint32_t total_length;                         /* of the packet, on the first piece */
        bool checksum_good;                            /* no need to verify TCP/UDP checksums */
        void (*release)(struct netdev_buffer *buffer); /* gives this piece back to its driver */
        void *driver_data;
        void *stack_data[8]; /* the stack's own (a custom pbuf fits) */
};

/* What a transmit asks of the device. All zero: nothing. */
struct netdev_offload {
        bool checksum;            /* put the ones' complement sum from checksum_start on at checksum_offset */
        uint16_t checksum_start;  /* from the start of the Ethernet frame */
        uint16_t checksum_offset; /* from checksum_start; the pseudo-header's sum is already there */
        uint16_t segment_bytes;   /* TSO: payload of each segment, 0 when there is nothing to cut */
        uint16_t header_bytes;    /* TSO: Ethernet + IP + TCP header length */
        bool ipv6;
};

struct netdev_segment {
        const void *data; /* platform_dma_address works on it */
        uint32_t length;
};

unsigned netdev_count(void);
struct netdev *netdev_get(unsigned index); /* NULL beyond the last */
void netdev_info(const struct netdev *device, struct netdev_info *info);
void netdev_statistics(const struct netdev *device, struct netdev_statistics *statistics);
bool netdev_link_up(const struct netdev *device);

/*
 * Queues a frame. The segments' memory must stay untouched until `done(cookie)` is called, from netdev_poll, once for
 * each accepted frame, a disabled device's included. Does not kick: call netdev_flush after the last of a batch.
 * Returns 0, -EAGAIN (ring full: nothing was queued; try after netdev_poll), -ENODEV (disabled), -EMSGSIZE.
 */
int netdev_transmit(struct netdev *device, const struct netdev_segment *segments, unsigned count,
                    const struct netdev_offload *offload, void (*done)(void *cookie), void *cookie);
void netdev_flush(struct netdev *device);

/*
 * Reaps completed transmits, then takes at most `budget` received packets and hands each to `receive`.
 * Returns how many it handed over; a full budget means there may be more. Threads only, one at a time per device
 * (the stack's core lock).
 */
unsigned netdev_poll(struct netdev *device, unsigned budget, void (*receive)(void *ctx, struct netdev_buffer *packet),
                     void *ctx);

/*
 * Interrupts: `wake(ctx)` is called, interrupts disabled, when there is work for netdev_poll after netdev_arm. It is
 * not called again until the next netdev_arm. netdev_arm returns true when work is there already (poll again instead
 * of sleeping).
 */
void netdev_set_wake(struct netdev *device, void (*wake)(void *ctx), void *ctx);
bool netdev_arm(struct netdev *device);

#endif
