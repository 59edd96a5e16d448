/* A virtio network driver started on a fake device: what its unit tests share. */
#ifndef CORACLE_FAKE_NET_DRIVER_H
#define CORACLE_FAKE_NET_DRIVER_H

#include <fake/driver_host.h>
#include <fake/netdev.h>
#include <fake/virtio_device.h>
#include <virtio/net.h>

#define ALL_FEATURES                                                                                                   \
        (VIRTIO_NET_F_CSUM | VIRTIO_NET_F_GUEST_CSUM | VIRTIO_NET_F_MTU | VIRTIO_NET_F_MAC | VIRTIO_NET_F_GUEST_TSO4 | \
         VIRTIO_NET_F_GUEST_TSO6 | VIRTIO_NET_F_HOST_TSO4 | VIRTIO_NET_F_HOST_TSO6 | VIRTIO_NET_F_MRG_RXBUF |          \
         VIRTIO_NET_F_STATUS | VIRTIO_F_EVENT_IDX | VIRTIO_F_INDIRECT_DESC)

/* The device and its two rings. */
extern struct fake_virtio fake;
#define RX (&fake.rings[0])
#define TX (&fake.rings[1])

extern const uint8_t config[12]; /* of the device: MAC, link up, MTU 1500 */

/* What the stack was handed and has not released, and how often each transmitted cookie was done. */
extern struct netdev_buffer *received[256];
extern unsigned received_count;
extern unsigned finished[600];

/* A header that asks for nothing, and bytes for a frame. */
extern const struct virtio_net_header plain;
extern uint8_t frame[1514];
extern const struct netdev_offload nothing;

/* Starts the driver on a new device that offers the features; the set-ups of tests, with all and with few. */
int start_with(uint64_t features);
int set_up(void **state);
int set_up_plain(void **state);

/* The driver's poll and flush; packets go to `received`. */
unsigned poll_device(void);
void flush(void);
void release_all(void);

/* Transmits one segment, whose completion counts finished[cookie]. */
int send_frame(const void *data, uint32_t bytes, uintptr_t cookie);
void done(void *cookie);

/* The device delivers header and frame in one buffer. */
void deliver(const struct virtio_net_header *header, const void *frame_data, uint32_t bytes);

#endif
