/*
 * netfront (public/io/netif.h): the handshake with the backend, link state, events. Packets are moved by receive.c and
 * transmit.c.
 *
 * Capabilities are promised to the stack once, when the device is registered: a backend that comes back must offer them
 * again.
 */
#include <errno.h>
#include <string.h>

#include <coracle/log.h>
#include <coracle/memory.h>
#include <platform.h>
#include <xen/net/net.h>

#include <xen/io/netif.h>

#define MTU_DEFAULT 1500u
#define MTU_LEAST   68u /* RFC 791 */
#define MTU_MOST    (65535u - ETHERNET_HEADER_BYTES)

#define BUFFERS_LEAST    32u
#define BUFFERS_MOST     512u
#define SLOTS_MOST       256u
#define POSTED_FOR_LARGE 64u /* a 64 KiB packet takes 18 requests: below this, three of them would fill the ring */

/* A thirty-second of memory for receive pages, half of them posted; as much for transmit slots. */
struct xen_net_limits xen_net_limits(uint64_t memory)
{
        uint64_t buffers = memory / 32 / PLATFORM_PAGE_SIZE;
        if (buffers < BUFFERS_LEAST)
                buffers = BUFFERS_LEAST;
        if (buffers > BUFFERS_MOST)
                buffers = BUFFERS_MOST;
        const uint16_t posted = (uint16_t)(buffers / 2 < XEN_NET_RING ? buffers / 2 : XEN_NET_RING);
        return (struct xen_net_limits){
                .posted = posted,
                .buffers = (uint16_t)buffers,
                .slots = (uint16_t)(buffers < SLOTS_MOST ? buffers : SLOTS_MOST),
                .large = posted >= POSTED_FOR_LARGE,
        };
}

static struct xen_net *net_of(struct xenbus_device *device)
{
        return (struct xen_net *)(void *)((char *)device - offsetof(struct xen_net, device));
}

void xen_net_wake(struct xen_net *net)
{
        if (atomic_exchange(&net->armed, false))
                netdev_wake(&net->netdev);
}

void xen_net_break(struct xen_net *net, const char *why)
{
        net->up = false;
        netdev_disable(&net->netdev, why);
        xenbus_fail(&net->device, NULL);
}

static void on_event(void *ctx)
{
        struct xen_net *net = ctx;
        net->netdev.statistics.interrupts++;
        xen_net_wake(net);
}

/* Tells the stack that there is something for its next poll. */
static void tell(struct xen_net *net)
{
        atomic_store(&net->news, true);
        xen_net_wake(net);
}

/* ---- The stack's side ---- */

static void start_rings(struct xen_net *net)
{
        net->up = true;
        event_unmask(net->receive.port);
        if (net->split)
                event_unmask(net->transmit.port);
        xen_net_refill(net);
}

/* After the backend let go: what it was lent comes back. */
static void release_rings(struct xen_net *net)
{
        xen_net_transmit_release(net);
        xen_net_receive_release(net);
}

static void do_work(struct xen_net *net, enum xen_net_work work)
{
        if (work == XEN_NET_START)
                start_rings(net);
        else
                net->up = false;
        if (work == XEN_NET_RELEASE)
                release_rings(net);
}

static void do_posted_work(struct xen_net *net)
{
        do_work(net, (enum xen_net_work)atomic_load(&net->work));
        spin_lock(&net->lock);
        atomic_store(&net->work, XEN_NET_NOTHING);
        wait_queue_wake_all(&net->done);
        spin_unlock(&net->lock);
}

static unsigned poll(struct netdev *netdev, unsigned budget, void (*receive)(void *ctx, struct netdev_buffer *packet),
                     void *ctx)
{
        struct xen_net *net = xen_net_of(netdev);
        atomic_store_explicit(&net->news, false, memory_order_release);
        if (atomic_load(&net->work) != XEN_NET_NOTHING)
                do_posted_work(net);
        if (net->up)
                xen_net_reap(net);
        return net->up && budget != 0 ? xen_net_receive(net, budget, receive, ctx) : 0;
}

static bool arm(struct netdev *netdev)
{
        struct xen_net *net = xen_net_of(netdev);
        atomic_store(&net->armed, true);
        bool work = net->up && xen_net_transmit_arm(net);
        work = (net->up && xen_net_receive_arm(net)) || work;
        work = atomic_load(&net->news) || work;
        if (work)
                atomic_store(&net->armed, false);
        return work;
}

static const struct netdev_operations operations = {
        .transmit = xen_net_transmit,
        .flush = xen_net_flush,
        .poll = poll,
        .arm = arm,
};

/* ---- The side of xenstore ---- */

/*
 * Has the stack's next poll do it, and waits for that. Before the device is registered there is no stack that could
 * be in the way. A stack that never polls keeps everything as it is; it does not use the rings either.
 */
static void have_done(struct xen_net *net, enum xen_net_work work)
{
        if (!net->registered) {
                do_work(net, work);
                return;
        }
        const uint64_t deadline = platform_clock_monotonic() + XENBUS_TIMEOUT;
        atomic_store(&net->work, work);
        tell(net);
        spin_lock(&net->lock);
        while (atomic_load(&net->work) != XEN_NET_NOTHING &&
               wait_queue_sleep(&net->done, &net->lock, deadline) != -ETIMEDOUT)
                ;
        spin_unlock(&net->lock);
}

static struct xenbus_device *create(void)
{
        struct xen_net *net = page_alloc(page_order(sizeof *net));
        if (net == NULL)
                return NULL;
        memset(net, 0, sizeof *net);
        net->limits = xen_net_limits(memory_total());
        net->netdev.operations = &operations;
        net->netdev.info.driver = "xen-netfront";
        net->netdev.info.receive_buffers = net->limits.buffers;
        if (xen_net_receive_init(net) != 0 || xen_net_transmit_init(net) != 0)
                return NULL; /* what there was of it is lost with the device */
        return &net->device;
}

/* xx:xx:xx:xx:xx:xx */
static bool parse_mac(const char *text, uint8_t mac[6])
{
        for (unsigned i = 0; i < 17; i++) {
                const char c = text[i];
                const int digit = c >= '0' && c <= '9'   ? c - '0'
                                  : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                         : -1;
                if (i % 3 == 2 ? c != ':' : digit < 0)
                        return false;
                if (i % 3 == 0)
                        mac[i / 3] = (uint8_t)(digit << 4);
                else if (i % 3 == 1)
                        mac[i / 3] |= (uint8_t)digit;
        }
        return text[17] == '\0' && (mac[0] & 1) == 0;
}

/* What the toolstack says of the device: needed once. */
static int read_identity(struct xen_net *net)
{
        struct netdev_info *info = &net->netdev.info;
        char text[24];
        uint64_t mtu;
        if (xenstore_read(XENSTORE_ALONE, net->device.path, "mac", text, sizeof text) < 0 ||
            !parse_mac(text, info->mac)) {
                log_error("net", "%s: its MAC address in xenstore is missing or none", net->device.name);
                return -EINVAL;
        }
        if (xenstore_read_number(XENSTORE_ALONE, net->device.path, "mtu", MTU_MOST, &mtu) != 0 || mtu < MTU_LEAST)
                mtu = MTU_DEFAULT;
        info->mtu = (uint16_t)mtu;
        return 0;
}

static bool offers(const struct xen_net *net, const char *feature)
{
        return xenbus_backend_number(&net->device, feature, 1, 0) == 1;
}

/* What the backend does for the stack; receiving is what we ask for, see publish. */
static unsigned read_capabilities(struct xen_net *net)
{
        unsigned capabilities = NETDEV_RX_CHECKSUM | (net->limits.large ? NETDEV_RX_LARGE : 0);
        net->split = offers(net, "feature-split-event-channels");
        net->scatter_gather = offers(net, "feature-sg");
        if (!offers(net, "feature-no-csum-offload") && offers(net, "feature-ipv6-csum-offload"))
                capabilities |= NETDEV_TX_CHECKSUM;
        if ((capabilities & NETDEV_TX_CHECKSUM) == 0 || !net->scatter_gather)
                return capabilities;
        if (offers(net, "feature-gso-tcpv4"))
                capabilities |= NETDEV_TX_TSO4;
        if (offers(net, "feature-gso-tcpv6"))
                capabilities |= NETDEV_TX_TSO6;
        return capabilities;
}

/* A fresh ring in a page of its own, granted. */
static int make_ring(const struct xen_net *net, struct ring *ring, grant_reference *grant)
{
        void *page = page_alloc(0);
        if (page == NULL)
                return -ENOMEM;
        memset(page, 0, PLATFORM_PAGE_SIZE); /* what was in it before is none of the backend's business */
        ring_init(ring, page, XEN_NET_RING);
        const int error = xenbus_grant(&net->device, page, 1, grant);
        if (error != 0) {
                page_free(page, 0);
                ring->shared = NULL;
        }
        return error;
}

static int connect(struct xenbus_device *device)
{
        struct xen_net *net = net_of(device);
        int error = net->registered ? 0 : read_identity(net);
        if (error != 0)
                return error;
        const unsigned capabilities = read_capabilities(net);
        if (!net->registered)
                net->netdev.info.capabilities = capabilities;
        else if ((net->netdev.info.capabilities & ~capabilities) != 0) {
                log_error("net", "%s: its backend came back without features that are in use", device->name);
                return -ENOTSUP;
        }
        if (!net->scatter_gather && net->netdev.info.mtu > MTU_DEFAULT)
                net->netdev.info.mtu = MTU_DEFAULT;
        error = make_ring(net, &net->receive.ring, &net->receive.grant);
        if (error == 0)
                error = make_ring(net, &net->transmit.ring, &net->transmit.grant);
        if (error == 0)
                error = event_allocate(device->backend_domain, &net->receive.port, on_event, net);
        if (error == 0 && net->split)
                error = event_allocate(device->backend_domain, &net->transmit.port, on_event, net);
        if (error == 0 && !net->split)
                net->transmit.port = net->receive.port;
        return error;
}

static int publish(struct xenbus_device *device, xenstore_transaction transaction)
{
        const struct xen_net *net = net_of(device);
        const bool large = net->limits.large;
        const struct {
                const char *key;
                uint32_t value;
                bool written;
        } keys[] = {
                {"tx-ring-ref", net->transmit.grant, true},
                {"rx-ring-ref", net->receive.grant, true},
                {"event-channel", net->receive.port, !net->split},
                {"event-channel-tx", net->transmit.port, net->split},
                {"event-channel-rx", net->receive.port, net->split},
                {"request-rx-copy", 1, true},
                {"feature-rx-notify", 1, true},
                {"feature-sg", 1, true},
                {"feature-ipv6-csum-offload", 1, true},
                {"feature-gso-tcpv4", 1, large},
                {"feature-gso-tcpv6", 1, large},
        };
        int error = 0;
        for (unsigned i = 0; i < sizeof keys / sizeof keys[0] && error == 0; i++)
                if (keys[i].written)
                        error = xenstore_write_number(transaction, device->path, keys[i].key, keys[i].value);
        return error;
}

/* The backend's wire: up where it does not say. */
static void read_carrier(struct xen_net *net)
{
        net->netdev.link_up = xenbus_backend_number(&net->device, "carrier", 1, 1) == 1;
        tell(net);
}

static int connected(struct xenbus_device *device)
{
        struct xen_net *net = net_of(device);
        have_done(net, XEN_NET_START);
        read_carrier(net);
        if (net->registered)
                return 0;
        const int error = netdev_register(&net->netdev);
        if (error != 0) {
                log_error("net", "%s: there are too many network devices; it is not used", device->name);
                return error;
        }
        net->registered = true;
        log_info("net", "%s: %s of domain %u, capabilities 0x%x", net->netdev.info.name, device->name,
                 device->backend_domain, net->netdev.info.capabilities);
        return 0;
}

static void changed(struct xenbus_device *device)
{
        read_carrier(net_of(device));
}

static void stop(struct xenbus_device *device)
{
        struct xen_net *net = net_of(device);
        net->netdev.link_up = false;
        have_done(net, XEN_NET_STOP);
}

/* A ring's page that the backend still has is lost. */
static void drop_ring(struct ring *ring, grant_reference *grant)
{
        if (ring->shared != NULL && grant_revoke(*grant) == 0)
                page_free(ring->shared, 0);
        *ring = (struct ring){.shared = NULL};
        *grant = GRANT_NONE;
}

static void release(struct xenbus_device *device)
{
        struct xen_net *net = net_of(device);
        have_done(net, XEN_NET_RELEASE);
        if (net->split && net->transmit.port != 0)
                event_close(net->transmit.port);
        if (net->receive.port != 0)
                event_close(net->receive.port);
        net->transmit.port = net->receive.port = 0;
        drop_ring(&net->receive.ring, &net->receive.grant);
        drop_ring(&net->transmit.ring, &net->transmit.grant);
}

unsigned xen_net_probe(void)
{
        static const struct xenbus_driver driver = {
                .class = "vif",
                .ready_state = XenbusStateConnected,
                .create = create,
                .connect = connect,
                .publish = publish,
                .connected = connected,
                .changed = changed,
                .stop = stop,
                .release = release,
        };
        return xenbus_probe(&driver);
}
