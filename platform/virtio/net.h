/* virtio-net (virtio 1.2, section 5.1): what its three files share. net.c starts it, net_rx.c and net_tx.c move
 * packets. */
#ifndef CORACLE_VIRTIO_NET_H
#define CORACLE_VIRTIO_NET_H

#include <stdatomic.h>

#include <coracle/netdev_pool.h>
#include <virtio/virtio.h>

/* Feature bits, section 5.1.3 */
#define VIRTIO_NET_F_CSUM       (1ull << 0)
#define VIRTIO_NET_F_GUEST_CSUM (1ull << 1)
#define VIRTIO_NET_F_MTU        (1ull << 3)
#define VIRTIO_NET_F_MAC        (1ull << 5)
#define VIRTIO_NET_F_GUEST_TSO4 (1ull << 7)
#define VIRTIO_NET_F_GUEST_TSO6 (1ull << 8)
#define VIRTIO_NET_F_HOST_TSO4  (1ull << 11)
#define VIRTIO_NET_F_HOST_TSO6  (1ull << 12)
#define VIRTIO_NET_F_MRG_RXBUF  (1ull << 15)
#define VIRTIO_NET_F_STATUS     (1ull << 16)

/* Section 5.1.6: in front of every packet, both ways. */
struct virtio_net_header {
        uint8_t flags;
        uint8_t segmentation; /* gso_type */
        uint16_t header_bytes;
        uint16_t segment_bytes;
        uint16_t checksum_start;
        uint16_t checksum_offset;
        uint16_t buffers;
};

#define VIRTIO_NET_HEADER_BYTES 12u
_Static_assert(sizeof(struct virtio_net_header) == VIRTIO_NET_HEADER_BYTES, "section 5.1.6");

#define VIRTIO_NET_NEEDS_CHECKSUM 1u /* flags */
#define VIRTIO_NET_DATA_VALID     2u
#define VIRTIO_NET_TCP4           1u /* segmentation */
#define VIRTIO_NET_TCP6           4u
#define VIRTIO_NET_ECN            0x80u

/* How much of each the driver takes, decided once from the guest's memory. */
struct virtio_net_limits {
        uint16_t ring;            /* entries of each queue, a power of two */
        uint32_t receive_buffers; /* at most, those that the stack holds included */
};

struct virtio_net_receive {
        struct virtio_queue queue;
        struct netdev_pool pool;
        uint32_t target; /* buffers to keep posted; grows with the traffic up to the ring's size */
};

struct virtio_net_frame; /* an accepted transmit */

struct virtio_net_transmit {
        struct virtio_queue queue;
        struct virtio_net_frame *frames; /* one for each ring entry */
        struct virtio_net_frame *free;
        unsigned accepted; /* frames that the device has */
        bool refused;      /* -EAGAIN was answered: the stack waits for room */
};

struct virtio_net {
        struct netdev netdev;
        struct virtio_device *device;
        struct virtio_net_limits limits;
        struct virtio_net_receive receive;
        struct virtio_net_transmit transmit;
        atomic_bool armed; /* the stack sleeps and wants to be woken */
        atomic_bool news;  /* the link changed and the stack has not polled since */
};

static inline struct virtio_net *virtio_net_of(struct netdev *netdev)
{
        return (struct virtio_net *)(void *)((char *)netdev - offsetof(struct virtio_net, netdev));
}

/* The limits for a guest of `memory` bytes. */
struct virtio_net_limits virtio_net_limits(uint64_t memory);

/* Takes one device into use and registers it. For virtio_probe. */
int virtio_net_start(struct virtio_device *device);

/* The device broke its contract: says so, stops it, so that it writes to no buffer any more. */
void virtio_net_break(struct virtio_net *net, const char *why);

/* Wakes the stack if it asked for it. Any context. */
void virtio_net_wake(struct virtio_net *net);

/* ---- net_rx.c ---- */
void virtio_net_receive_init(struct virtio_net *net);
/* Posts free buffers up to the target, making new ones where the limit allows; tells the device. */
void virtio_net_refill(struct virtio_net *net);
unsigned virtio_net_receive(struct virtio_net *net, unsigned budget,
                            void (*receive)(void *ctx, struct netdev_buffer *packet), void *ctx);
/* Whether packets (or buffers to post to an empty ring) are there, after asking for an interrupt. */
bool virtio_net_receive_arm(struct virtio_net *net);

/* ---- net_tx.c ---- */
int virtio_net_transmit_init(struct virtio_net *net);
int virtio_net_transmit(struct netdev *netdev, const struct netdev_segment *segments, unsigned count,
                        const struct netdev_offload *offload, void (*done)(void *cookie), void *cookie);
void virtio_net_flush(struct netdev *netdev);
void virtio_net_reap(struct virtio_net *net);
/* After the device was stopped: every accepted frame is done. */
void virtio_net_abandon(struct virtio_net *net);
bool virtio_net_transmit_arm(struct virtio_net *net);

#endif
