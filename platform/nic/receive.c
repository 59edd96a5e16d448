/*
 * Network cards on PCI, receive side.
 */
#include <nic/nic.h>

#include <errno.h>
#include <string.h>

#include <coracle/memory.h>

_Static_assert(NETDEV_HALF_SPACE >= NIC_FRAME_MAX, "a whole frame fits");

/* Telling the card costs an exit: not before a quarter of the ring is missing. */
void nic_refill(struct nic *nic)
{
        struct nic_receive *rx = &nic->receive;
        const uint32_t before = rx->posted;
        if (rx->posted - rx->taken > rx->size - rx->size / 4)
                return;
        while (rx->posted - rx->taken < rx->size - 1) {
                struct netdev_buffer *buffer = netdev_pool_take(&rx->pool);
                if (buffer == NULL)
                        break;
                rx->buffers[rx->posted % rx->size] = buffer;
                nic->hardware->post(nic, rx->posted, netdev_half_of(buffer)->address);
                rx->posted++;
        }
        if (rx->posted == before)
                return;
        nic->hardware->post_kick(nic);
        nic->netdev.statistics.kicks++;
}

static void wake(void *ctx)
{
        nic_wake(ctx);
}

int nic_receive_init(struct nic *nic, uint32_t buffers)
{
        struct nic_receive *rx = &nic->receive;
        size_t bytes = rx->size * sizeof *rx->buffers;
        rx->buffers = page_alloc(page_order(bytes));
        if (rx->buffers == NULL)
                return -ENOMEM;
        memset(rx->buffers, 0, bytes); /* NOLINT(bugprone-sizeof-expression): pointers are meant */
        netdev_pool_init(&rx->pool, buffers, netdev_pool_grow_halves, wake, nic);
        nic->buffer_bytes = NETDEV_HALF_SPACE;
        return 0;
}

/* The buffer at a ring entry, taken off the ring with those before it, which the card passed over. NULL: none there. */
static struct netdev_buffer *take_entry(struct nic_receive *rx, uint32_t index)
{
        if (rx->buffers[index] == NULL)
                return NULL;
        for (;;) {
                const uint32_t at = rx->taken++ % rx->size;
                struct netdev_buffer *buffer = rx->buffers[at];
                rx->buffers[at] = NULL;
                if (at == index)
                        return buffer;
                netdev_pool_put(&rx->pool, buffer);
        }
}

/* Takes one frame into *packet (NULL: it is dropped). False: there is none, or the card broke. */
static bool take_packet(struct nic *nic, struct netdev_buffer **packet)
{
        struct nic_receive *rx = &nic->receive;
        struct nic_received received;
        if (nic->hardware->receive(nic, &received) != NIC_TAKEN)
                return false;
        struct netdev_buffer *buffer = take_entry(rx, received.index);
        if (buffer == NULL || received.bytes > NETDEV_HALF_SPACE) {
                nic->netdev.statistics.rx_errors++;
                nic_break(nic, buffer == NULL ? "it returned a receive buffer that it does not have"
                                              : "a received packet is longer than its buffer");
                return false;
        }
        *packet = buffer;
        buffer->next = NULL;
        buffer->data = netdev_half_of(buffer)->space;
        buffer->length = buffer->total_length = received.bytes;
        buffer->checksum_good = received.checksum_good;
        if (!received.wrong && received.bytes >= ETHERNET_HEADER_BYTES)
                return true;
        nic->netdev.statistics.rx_errors++;
        netdev_pool_put(&rx->pool, buffer);
        *packet = NULL;
        return true;
}

unsigned nic_receive(struct nic *nic, unsigned budget, void (*receive)(void *ctx, struct netdev_buffer *packet),
                     void *ctx)
{
        struct netdev_statistics *statistics = &nic->netdev.statistics;
        struct netdev_buffer *packet;
        unsigned packets = 0;
        for (unsigned looked = 0; looked < budget && take_packet(nic, &packet); looked++) {
                if (packet == NULL)
                        continue;
                statistics->rx_packets++;
                statistics->rx_bytes += packet->total_length;
                packets++;
                receive(ctx, packet);
        }
        if (!nic->netdev.disabled)
                nic_refill(nic);
        return packets;
}

bool nic_receive_arm(struct nic *nic)
{
        struct nic_receive *rx = &nic->receive;
        if (nic->hardware->has_received(nic))
                return true;
        return rx->posted - rx->taken <= rx->size / 4 && netdev_pool_run_dry(&rx->pool);
}
