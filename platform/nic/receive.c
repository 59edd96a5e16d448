/*
 * Network cards on PCI, receive side.
 *
 * A buffer is half a page: the struct that the stack sees, then the bytes that the card fills. It is in exactly one of
 * four places: posted on the ring, with the stack, on `returned` (any context pushes), or spare (the poller's own).
 */
#include <nic/nic.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <coracle/memory.h>
#include <platform.h>

#define BUFFER_BYTES 2048u

struct receive_buffer {
        struct netdev_buffer public; /* first: the stack's pointer is ours */
        uint64_t address;            /* of space[], for the card */
        uint8_t unused[6];           /* so that the IP header, 14 bytes on, is 4-aligned */
        uint8_t space[];
};

#define SPACE_BYTES ((uint32_t)(BUFFER_BYTES - offsetof(struct receive_buffer, space)))
_Static_assert((offsetof(struct receive_buffer, space) + NIC_ETHERNET_HEADER) % 4 == 0, "the IP header is aligned");
_Static_assert(BUFFER_BYTES - offsetof(struct receive_buffer, space) >= NIC_FRAME_MAX, "a whole frame fits");

static void release(struct netdev_buffer *buffer)
{
        struct nic *nic = buffer->driver_data;
        struct netdev_buffer *head = atomic_load_explicit(&nic->receive.returned, memory_order_relaxed);
        do
                buffer->next = head;
        while (!atomic_compare_exchange_weak(&nic->receive.returned, &head, buffer));
        /* The ring had run dry and the stack sleeps: nothing but this buffer can bring a packet. */
        if (atomic_load(&nic->receive.dry) && atomic_exchange(&nic->receive.dry, false))
                nic_wake(nic);
}

static void push_spare(struct nic_receive *rx, struct netdev_buffer *buffer)
{
        buffer->next = rx->spare;
        rx->spare = buffer;
}

/* Two new buffers from a page, on the spare list. */
static void grow(struct nic *nic)
{
        struct nic_receive *rx = &nic->receive;
        char *page = rx->total + 2 <= rx->most ? page_alloc(0) : NULL;
        if (page == NULL)
                return;
        for (unsigned offset = 0; offset < PLATFORM_PAGE_SIZE; offset += BUFFER_BYTES) {
                struct receive_buffer *buffer = (struct receive_buffer *)(void *)(page + offset);
                memset(buffer, 0, sizeof *buffer);
                buffer->public.release = release;
                buffer->public.driver_data = nic;
                buffer->address = platform_dma_address(buffer->space);
                push_spare(rx, &buffer->public);
                rx->total++;
        }
}

static struct netdev_buffer *take_spare(struct nic *nic)
{
        struct nic_receive *rx = &nic->receive;
        if (rx->spare == NULL)
                rx->spare = atomic_exchange_explicit(&rx->returned, NULL, memory_order_acquire);
        if (rx->spare == NULL)
                grow(nic);
        struct netdev_buffer *buffer = rx->spare;
        if (buffer != NULL)
                rx->spare = buffer->next;
        return buffer;
}

/* Telling the card costs an exit: not before a quarter of the ring is missing. */
void nic_refill(struct nic *nic)
{
        struct nic_receive *rx = &nic->receive;
        const uint32_t before = rx->posted;
        if (rx->posted - rx->taken > rx->size - rx->size / 4)
                return;
        while (rx->posted - rx->taken < rx->size - 1) {
                struct netdev_buffer *buffer = take_spare(nic);
                if (buffer == NULL)
                        break;
                rx->buffers[rx->posted % rx->size] = buffer;
                nic->hardware->post(nic, rx->posted, ((struct receive_buffer *)(void *)buffer)->address);
                rx->posted++;
        }
        if (rx->posted == before)
                return;
        nic->hardware->post_kick(nic);
        nic->netdev.statistics.kicks++;
}

int nic_receive_init(struct nic *nic)
{
        struct nic_receive *rx = &nic->receive;
        size_t bytes = rx->size * sizeof *rx->buffers;
        rx->buffers = page_alloc(page_order(bytes));
        if (rx->buffers == NULL)
                return -ENOMEM;
        memset(rx->buffers, 0, bytes); /* NOLINT(bugprone-sizeof-expression): pointers are meant */
        nic->buffer_bytes = SPACE_BYTES;
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
                push_spare(rx, buffer);
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
        if (buffer == NULL || received.bytes > SPACE_BYTES) {
                nic->netdev.statistics.rx_errors++;
                nic_break(nic, buffer == NULL ? "it returned a receive buffer that it does not have"
                                              : "a received packet is longer than its buffer");
                return false;
        }
        *packet = buffer;
        buffer->next = NULL;
        buffer->data = ((struct receive_buffer *)(void *)buffer)->space;
        buffer->length = buffer->total_length = received.bytes;
        buffer->checksum_good = received.checksum_good;
        if (!received.wrong && received.bytes >= NIC_ETHERNET_HEADER)
                return true;
        nic->netdev.statistics.rx_errors++;
        push_spare(rx, buffer);
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
        if (rx->posted - rx->taken > rx->size / 4)
                return false;
        /* Order against release: whoever comes second sees the other (both are sequentially consistent). */
        atomic_store(&rx->dry, true);
        if (atomic_load(&rx->returned) == NULL)
                return false;
        atomic_store(&rx->dry, false);
        return true;
}
