/* virtio-net (virtio 1.2, section 5.1): start-up, link state, interrupts. Packets are moved by net_rx.c and net_tx.c.
 */
#include <errno.h>
#include <string.h>

#include <coracle/log.h>
#include <coracle/memory.h>
#include <platform.h>
#include <virtio/net.h>

/* Section 5.1.4: struct virtio_net_config */
#define CONFIG_MAC    0u
#define CONFIG_STATUS 6u
#define CONFIG_MTU    10u
#define STATUS_LINK   1u

#define QUEUE_RECEIVE  0u
#define QUEUE_TRANSMIT 1u

#define MTU_DEFAULT 1500u
#define MTU_LEAST   68u /* RFC 791 */

#define RING_LEAST     32u
#define RING_MOST      256u
#define BUFFER_BYTES   2048u /* of a receive buffer, see net_rx.c */
#define BUFFERS_MOST   2048u
#define RING_FOR_LARGE 128u /* a 64 KiB packet takes 34 buffers: below this, two of them would fill the ring */

/* A thirty-second of memory for receive buffers, half of that at most for those posted: 4 MiB gives 64 and 32. */
struct virtio_net_limits virtio_net_limits(uint64_t memory)
{
        uint64_t buffers = memory / 32 / BUFFER_BYTES;
        if (buffers < 2 * RING_LEAST)
                buffers = 2 * RING_LEAST;
        if (buffers > BUFFERS_MOST)
                buffers = BUFFERS_MOST;
        uint16_t ring = RING_LEAST;
        while (ring < RING_MOST && ring * 4u <= buffers)
                ring = (uint16_t)(ring * 2u);
        return (struct virtio_net_limits){.ring = ring, .receive_buffers = (uint32_t)buffers};
}

void virtio_net_wake(struct virtio_net *net)
{
        if (atomic_exchange(&net->armed, false))
                netdev_wake(&net->netdev);
}

void virtio_net_break(struct virtio_net *net, const char *why)
{
        if (net->netdev.disabled)
                return;
        netdev_disable(&net->netdev, why);
        virtio_stop(net->device);
}

static void on_queue(void *ctx)
{
        struct virtio_net *net = ctx;
        net->netdev.statistics.interrupts++;
        virtio_net_wake(net);
}

static void on_config(void *ctx)
{
        struct virtio_net *net = ctx;
        if (!virtio_has(net->device, VIRTIO_NET_F_STATUS))
                return;
        net->netdev.link_up = (net->device->transport->config_read(net->device, CONFIG_STATUS, 2) & STATUS_LINK) != 0;
        atomic_store(&net->news, true);
        virtio_net_wake(net);
}

static unsigned poll(struct netdev *netdev, unsigned budget, void (*receive)(void *ctx, struct netdev_buffer *packet),
                     void *ctx)
{
        struct virtio_net *net = virtio_net_of(netdev);
        atomic_store_explicit(&net->news, false, memory_order_release);
        if (!netdev->disabled)
                virtio_net_reap(net);
        unsigned packets = netdev->disabled ? 0 : virtio_net_receive(net, budget, receive, ctx);
        if (netdev->disabled)
                virtio_net_abandon(net);
        return packets;
}

static bool arm(struct netdev *netdev)
{
        struct virtio_net *net = virtio_net_of(netdev);
        if (netdev->disabled)
                return net->transmit.accepted != 0;
        atomic_store(&net->armed, true);
        bool work = virtio_net_transmit_arm(net);
        work = virtio_net_receive_arm(net) || work;
        work = atomic_load(&net->news) || work;
        if (work)
                atomic_store(&net->armed, false);
        return work;
}

static const struct netdev_operations operations = {
        .transmit = virtio_net_transmit,
        .flush = virtio_net_flush,
        .poll = poll,
        .arm = arm,
};

static void invent_mac(uint8_t mac[6])
{
        platform_entropy(mac, 6);
        mac[0] = (uint8_t)((mac[0] & 0xfe) | 0x02); /* one device, locally administered: IEEE 802, section 8.4 */
}

/* What the device says of itself, checked. Returns 0 or -EIO. */
static int read_config(struct virtio_net *net)
{
        struct virtio_device *device = net->device;
        struct netdev_info *info = &net->netdev.info;
        uint16_t status = STATUS_LINK, mtu = MTU_DEFAULT;
        int error = 0;
        if (virtio_has(device, VIRTIO_NET_F_MAC))
                error |= virtio_config(device, CONFIG_MAC, info->mac, 6, 1);
        if (virtio_has(device, VIRTIO_NET_F_STATUS))
                error |= virtio_config(device, CONFIG_STATUS, &status, 1, 2);
        if (virtio_has(device, VIRTIO_NET_F_MTU))
                error |= virtio_config(device, CONFIG_MTU, &mtu, 1, 2);
        if (error != 0) {
                virtio_fail(device, "its configuration does not hold still; it is not used");
                return -EIO;
        }
        if (mtu < MTU_LEAST) {
                virtio_fail(device, "its MTU is less than 68; it is not used");
                return -EIO;
        }
        static const uint8_t none[6];
        if ((info->mac[0] & 1) != 0 || memcmp(info->mac, none, sizeof none) == 0)
                invent_mac(info->mac);
        net->netdev.link_up = (status & STATUS_LINK) != 0;
        info->mtu = mtu < MTU_DEFAULT || virtio_has(device, VIRTIO_NET_F_MRG_RXBUF) ? mtu : MTU_DEFAULT;
        return 0;
}

static void describe(struct virtio_net *net)
{
        static const struct {
                uint64_t feature;
                unsigned capability;
        } map[] = {
                {VIRTIO_NET_F_CSUM, NETDEV_TX_CHECKSUM},    {VIRTIO_NET_F_HOST_TSO4, NETDEV_TX_TSO4},
                {VIRTIO_NET_F_HOST_TSO6, NETDEV_TX_TSO6},   {VIRTIO_NET_F_GUEST_CSUM, NETDEV_RX_CHECKSUM},
                {VIRTIO_NET_F_GUEST_TSO4, NETDEV_RX_LARGE}, {VIRTIO_NET_F_GUEST_TSO6, NETDEV_RX_LARGE},
        };
        net->netdev.info.driver = "virtio-net";
        net->netdev.info.receive_buffers = (uint16_t)net->limits.receive_buffers;
        for (unsigned i = 0; i < sizeof map / sizeof map[0]; i++)
                if (virtio_has(net->device, map[i].feature))
                        net->netdev.info.capabilities |= map[i].capability;
}

/* Section 5.1.3.1: TSO needs checksums, on each side. Packets larger than a buffer need mergeable ones, and room. */
static uint64_t choose(void *ctx, uint64_t offered)
{
        const struct virtio_net *net = ctx;
        uint64_t wanted = VIRTIO_NET_F_MTU | VIRTIO_NET_F_MAC | VIRTIO_NET_F_MRG_RXBUF | VIRTIO_NET_F_STATUS |
                          VIRTIO_NET_F_CSUM | VIRTIO_NET_F_GUEST_CSUM;
        if ((offered & VIRTIO_NET_F_CSUM) != 0)
                wanted |= VIRTIO_NET_F_HOST_TSO4 | VIRTIO_NET_F_HOST_TSO6;
        if ((offered & VIRTIO_NET_F_GUEST_CSUM) != 0 && (offered & VIRTIO_NET_F_MRG_RXBUF) != 0 &&
            net->limits.ring >= RING_FOR_LARGE)
                wanted |= VIRTIO_NET_F_GUEST_TSO4 | VIRTIO_NET_F_GUEST_TSO6;
        return wanted;
}

static const struct virtio_class class = {.choose = choose, .on_queue = on_queue, .on_config = on_config};

static int start(struct virtio_net *net)
{
        struct virtio_device *device = net->device;
        int error = virtio_start(device, &class, net);
        if (error == 0)
                error = read_config(net);
        if (error == 0)
                error = virtio_queue_start(device, &net->receive.queue, QUEUE_RECEIVE, net->limits.ring);
        if (error == 0)
                error = virtio_queue_start(device, &net->transmit.queue, QUEUE_TRANSMIT, net->limits.ring);
        if (error != 0)
                return error;
        describe(net);
        virtio_net_receive_init(net);
        error = virtio_net_transmit_init(net);
        if (error != 0) {
                virtio_fail(device, "no memory for its buffers; it is not used");
                return error;
        }
        return virtio_ready(device);
}

int virtio_net_start(struct virtio_device *device)
{
        struct virtio_net *net = page_alloc(0);
        if (net == NULL)
                return -ENOMEM;
        _Static_assert(sizeof *net <= PLATFORM_PAGE_SIZE, "one page");
        memset(net, 0, sizeof *net);
        net->device = device;
        net->limits = virtio_net_limits(memory_total());
        net->netdev.operations = &operations;
        int error = start(net);
        if (error != 0) /* an interrupt may still name the structure: it is kept */
                return error;
        error = netdev_register(&net->netdev);
        if (error != 0) {
                virtio_fail(device, "there are too many network devices; it is not used");
                return error;
        }
        virtio_net_refill(net);
        log_info("net", "%s: %s, features 0x%llx, rings of %u", net->netdev.info.name, device->name,
                 (unsigned long long)device->features, net->receive.queue.ring.size);
        return 0;
}
