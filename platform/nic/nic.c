/* Network cards on PCI: the class's operations, interrupts, start and end. See nic.h. */
#include <nic/nic.h>

#include <errno.h>
#include <string.h>

#include <coracle/log.h>
#include <coracle/memory.h>
#include <platform.h>

#define BUFFERS_LEAST 64u
#define BUFFERS_MOST  1024u
#define RING_LEAST    32u
#define RING_MOST     256u

void nic_wake(struct nic *nic)
{
        if (atomic_exchange(&nic->armed, false))
                netdev_wake(&nic->netdev);
}

void nic_set_link(struct nic *nic, bool up)
{
        if (nic->netdev.link_up == up)
                return;
        nic->netdev.link_up = up;
        atomic_store(&nic->news, true);
        nic_wake(nic);
}

void nic_break(struct nic *nic, const char *why)
{
        if (nic->netdev.disabled)
                return;
        netdev_disable(&nic->netdev, why);
        nic->hardware->stop(nic);
}

int nic_refuse(const struct nic *nic, int error, const char *why)
{
        log_error("net", "%s: %s; it is not used", nic->name, why);
        return error;
}

/*
 * It may arrive on a shared wire before the card is registered, and after it was disabled. While the stack is polling,
 * interrupts tell nothing: they are off from the first of them on until the stack goes to sleep.
 */
void nic_interrupt(void *ctx)
{
        struct nic *nic = ctx;
        if (nic->netdev.disabled || !nic->hardware->interrupt(nic))
                return;
        nic->netdev.statistics.interrupts++;
        if (!atomic_load(&nic->armed) && !atomic_exchange(&nic->late, false)) {
                nic->hardware->mask(nic);
                atomic_store(&nic->masked, true);
        }
        nic_wake(nic);
}

static void flush(struct netdev *netdev)
{
        struct nic *nic = nic_of(netdev);
        if (nic->transmit.kicked == nic->transmit.produced)
                return;
        nic->transmit.kicked = nic->transmit.produced;
        nic->hardware->send_kick(nic);
        netdev->statistics.kicks++;
}

static unsigned poll(struct netdev *netdev, unsigned budget, void (*receive)(void *ctx, struct netdev_buffer *packet),
                     void *ctx)
{
        struct nic *nic = nic_of(netdev);
        atomic_store_explicit(&nic->news, false, memory_order_release);
        if (!netdev->disabled)
                nic_reap(nic);
        unsigned packets = netdev->disabled ? 0 : nic_receive(nic, budget, receive, ctx);
        if (netdev->disabled)
                nic_abandon(nic);
        return packets;
}

/* Half a ring of finished frames may wait for the next poll, unless the stack waits for their room. */
static bool arm(struct netdev *netdev)
{
        struct nic *nic = nic_of(netdev);
        const struct nic_transmit *tx = &nic->transmit;
        if (netdev->disabled)
                return tx->first != tx->accepted;
        const bool transmit = tx->refused || tx->produced - tx->consumed > tx->size / 2;
        bool work = false;
        if (atomic_exchange(&nic->masked, false)) {
                atomic_store(&nic->late, true); /* from before it can come */
                work = nic->hardware->unmask(nic, transmit);
                if (!work)
                        atomic_store(&nic->late, false);
        } else if (transmit) {
                nic->hardware->unmask(nic, transmit);
        }
        if (work) /* the late interrupt must not be the one that wakes: the stack polls, and comes back */
                return true;
        atomic_store(&nic->armed, true);
        work = nic_receive_arm(nic);
        work = atomic_load(&nic->news) || work;
        if (transmit && !work)
                work = nic_oldest_sent(nic) != NIC_NOTHING;
        if (work)
                atomic_store(&nic->armed, false);
        return work;
}

static const struct netdev_operations operations = {
        .transmit = nic_transmit,
        .flush = flush,
        .poll = poll,
        .arm = arm,
};

void nic_set_mac(struct nic *nic, const uint8_t mac[6])
{
        static const uint8_t none[6];
        uint8_t *ours = nic->netdev.info.mac;
        memcpy(ours, mac, 6);
        if ((ours[0] & 1) == 0 && memcmp(ours, none, sizeof none) != 0)
                return;
        platform_entropy(ours, 6);
        ours[0] = (uint8_t)((ours[0] & 0xfe) | 0x02); /* one device, locally administered: IEEE 802, section 8.4 */
}

/* A thirty-second of memory for receive buffers, whose number is returned, half of that at most for those posted. */
static uint32_t set_limits(struct nic *nic)
{
        uint64_t buffers = memory_total() / 32 / NETDEV_HALF_BYTES;
        buffers = buffers < BUFFERS_LEAST ? BUFFERS_LEAST : buffers > BUFFERS_MOST ? BUFFERS_MOST : buffers;
        uint32_t ring = RING_LEAST;
        while (ring < RING_MOST && ring * 4u <= buffers)
                ring *= 2;
        nic->receive.size = nic->transmit.size = ring;
        return (uint32_t)buffers;
}

int nic_init(struct nic *nic, const struct nic_hardware *hardware, const struct pci_function *function)
{
        nic->hardware = hardware;
        nic->function = function;
        format_text(nic->name, sizeof nic->name, "%s %02x:%02x.%x", hardware->driver, function->bus, function->slot,
                    function->function);
        const uint32_t buffers = set_limits(nic);
        nic->netdev.operations = &operations;
        nic->netdev.info.driver = hardware->driver;
        nic->netdev.info.mtu = NIC_MTU;
        nic->netdev.info.capabilities = hardware->capabilities;
        nic->netdev.info.receive_buffers = (uint16_t)buffers;
        atomic_store(&nic->masked, true);
        int error = nic_receive_init(nic, buffers);
        if (error == 0)
                error = nic_transmit_init(nic);
        return error != 0 ? nic_refuse(nic, error, "no memory for its buffers") : 0;
}

int nic_publish(struct nic *nic)
{
        int error = netdev_register(&nic->netdev);
        if (error != 0) {
                nic->hardware->stop(nic);
                return nic_refuse(nic, error, "there are too many network devices");
        }
        nic_refill(nic);
        log_info("net", "%s: %s, rings of %u", nic->netdev.info.name, nic->name, nic->receive.size);
        return 0;
}
