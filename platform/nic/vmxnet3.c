/*
 * VMware's paravirtual network card, revision 1, without large receive or segmentation; there is no specification but
 * its drivers. Commands go through registers, everything else through memory that the card is told of.
 *
 * Each ring entry has a generation bit, which changes when the ring has gone round: what bears the bit of this round is
 * valid. Each transmitted frame has one completion, each received frame too. Two interrupts: received frames and
 * events; transmitted frames.
 */
#include <nic/vmxnet3.h>

#include <errno.h>
#include <string.h>

#include <coracle/memory.h>
#include <platform.h>
#include <x86_64/memory/device.h>
#include <x86_64/interrupt/irq.h>

struct vmxnet3 {
        struct nic nic;
        volatile uint8_t *doorbells; /* BAR 0 */
        volatile uint8_t *registers; /* BAR 1 */
        struct pci_msix msix;
        struct vmxnet3_descriptor *sent, *received;
        struct vmxnet3_completion *sent_done, *received_done;
        struct vmxnet3_shared *shared;
        struct vmxnet3_transmit_queue *transmit_queue;
        struct vmxnet3_receive_queue *receive_queue;
        uint32_t completions; /* of received frames, so far */
};

static struct vmxnet3 *vmxnet3_of(struct nic *nic)
{
        return (struct vmxnet3 *)(void *)((char *)nic - offsetof(struct vmxnet3, nic));
}

/* 1 on the first round, 0 on the next, and so on. */
static uint32_t generation(uint32_t position, uint32_t size)
{
        return position / size % 2 == 0;
}

static uint32_t command(const struct vmxnet3 *card, uint32_t value)
{
        mmio_write32(card->registers + VMXNET3_COMMAND, value);
        return mmio_read32(card->registers + VMXNET3_COMMAND);
}

static void set_mask(const struct vmxnet3 *card, unsigned interrupt, bool masked)
{
        mmio_write32(card->doorbells + VMXNET3_MASK + 8u * interrupt, masked);
}

/* The word with the generation bit goes last: it gives the entry to the card. */
static void fill(struct vmxnet3_descriptor *d, uint64_t address, uint32_t first, uint32_t second)
{
        d->address = address;
        d->second = second;
        __atomic_store_n(&d->first, first, __ATOMIC_RELEASE);
}

static void post(struct nic *nic, uint32_t position, uint64_t address)
{
        const uint32_t size = nic->receive.size;
        fill(&vmxnet3_of(nic)->received[position % size], address,
             nic->buffer_bytes | generation(position, size) << VMXNET3_RECEIVE_GENERATION, 0);
}

static void post_kick(struct nic *nic)
{
        const struct vmxnet3 *card = vmxnet3_of(nic);
        if (__atomic_load_n(&card->receive_queue->wants_producer, __ATOMIC_ACQUIRE) != 0)
                mmio_write32(card->doorbells + VMXNET3_RECEIVE_PRODUCER, nic->receive.posted % nic->receive.size);
}

static bool has_received(struct nic *nic)
{
        const struct vmxnet3 *card = vmxnet3_of(nic);
        const uint32_t size = nic->receive.size;
        const struct vmxnet3_completion *c = &card->received_done[card->completions % size];
        return __atomic_load_n(&c->word[3], __ATOMIC_ACQUIRE) >> 31 == generation(card->completions, size);
}

/* Whether TCP's or UDP's checksum was looked at and found good, and IPv4's if there is one. */
static bool sum_is_good(const struct vmxnet3_completion *c)
{
        const uint32_t flags = c->word[3];
        return (c->word[0] & VMXNET3_RECEIVED_UNCHECKED) == 0 && (flags & VMXNET3_RECEIVED_FRAGMENT) == 0 &&
               (flags & (VMXNET3_RECEIVED_TCP | VMXNET3_RECEIVED_UDP)) != 0 &&
               (flags & VMXNET3_RECEIVED_SUM_GOOD) != 0 &&
               ((flags & VMXNET3_RECEIVED_IPV4) == 0 || (flags & VMXNET3_RECEIVED_IP_GOOD) != 0);
}

static enum nic_answer receive(struct nic *nic, struct nic_received *received)
{
        struct vmxnet3 *card = vmxnet3_of(nic);
        struct vmxnet3_completion c;
        if (!has_received(nic))
                return NIC_NOTHING;
        memcpy(&c, &card->received_done[card->completions % nic->receive.size], sizeof c);
        card->completions++;
        received->index = c.word[0] & VMXNET3_INDEX;
        received->bytes = c.word[2] & VMXNET3_LENGTH;
        received->wrong = (c.word[2] & VMXNET3_RECEIVED_ERROR) != 0;
        received->checksum_good = sum_is_good(&c);
        const uint32_t whole = VMXNET3_RECEIVED_START | VMXNET3_RECEIVED_END;
        const char *why = NULL;
        if ((c.word[0] & whole) != whole)
                why = "a received packet takes several buffers, though none is so large";
        else if (received->index >= nic->receive.size || (c.word[0] >> VMXNET3_QUEUE_SHIFT & VMXNET3_QUEUE) != 0)
                why = "it returned a receive buffer that it does not have";
        if (why == NULL)
                return NIC_TAKEN;
        nic_break(nic, why);
        return NIC_BROKEN;
}

/* The first descriptor of a frame gets its generation bit when the others are there. */
static unsigned send(struct nic *nic, const struct nic_piece *pieces, unsigned count,
                     const struct netdev_offload *offload)
{
        const struct vmxnet3 *card = vmxnet3_of(nic);
        const uint32_t size = nic->transmit.size, start = nic->transmit.produced;
        uint32_t sum = 0, mode = 0;
        if (offload->checksum) {
                sum = (uint32_t)(offload->checksum_start + offload->checksum_offset) << VMXNET3_SUM_PLACE_SHIFT;
                mode = offload->checksum_start | VMXNET3_MODE_CHECKSUM;
        }
        for (unsigned i = count; i-- > 0;) {
                const uint32_t at = start + i;
                fill(&card->sent[at % size], pieces[i].address,
                     pieces[i].bytes | generation(at, size) << VMXNET3_SEND_GENERATION | (i == 0 ? sum : 0),
                     (i == 0 ? mode : 0) | (i == count - 1 ? VMXNET3_SEND_END | VMXNET3_SEND_REPORT : 0));
        }
        return count;
}

static void send_kick(struct nic *nic)
{
        const struct vmxnet3 *card = vmxnet3_of(nic);
        card->transmit_queue->deferred = 0;
        mmio_write32(card->doorbells + VMXNET3_TRANSMIT_PRODUCER, nic->transmit.produced % nic->transmit.size);
}

static enum nic_answer sent(struct nic *nic, uint32_t last)
{
        const struct nic_transmit *tx = &nic->transmit;
        const struct vmxnet3_completion *c = &vmxnet3_of(nic)->sent_done[tx->first % tx->size];
        if (__atomic_load_n(&c->word[3], __ATOMIC_ACQUIRE) >> 31 != generation(tx->first, tx->size))
                return NIC_NOTHING;
        if ((*(const volatile uint32_t *)&c->word[0] & VMXNET3_INDEX) == last % tx->size)
                return NIC_TAKEN;
        nic_break(nic, "it finished a frame that is not the oldest");
        return NIC_BROKEN;
}

/* It remembers interrupts that it did not send, and nothing makes it forget them. */
static bool unmask(struct nic *nic, bool transmit)
{
        const struct vmxnet3 *card = vmxnet3_of(nic);
        set_mask(card, VMXNET3_INTERRUPT_RECEIVE, false);
        if (transmit)
                set_mask(card, VMXNET3_INTERRUPT_TRANSMIT, false);
        return true;
}

static void mask(struct nic *nic)
{
        set_mask(vmxnet3_of(nic), VMXNET3_INTERRUPT_RECEIVE, true);
}

static void sent_interrupt(void *ctx)
{
        struct nic *nic = ctx;
        set_mask(vmxnet3_of(nic), VMXNET3_INTERRUPT_TRANSMIT, true);
        nic->netdev.statistics.interrupts++;
        nic_wake(nic);
}

static void stop(struct nic *nic)
{
        const struct vmxnet3 *card = vmxnet3_of(nic);
        set_mask(card, VMXNET3_INTERRUPT_RECEIVE, true);
        set_mask(card, VMXNET3_INTERRUPT_TRANSMIT, true);
        command(card, VMXNET3_COMMAND_QUIESCE);
}

static bool interrupt(struct nic *nic)
{
        const struct vmxnet3 *card = vmxnet3_of(nic);
        const uint32_t events = __atomic_load_n(&card->shared->events, __ATOMIC_ACQUIRE);
        if (events == 0)
                return true;
        mmio_write32(card->registers + VMXNET3_EVENTS, events);
        if ((events & VMXNET3_EVENT_LINK) != 0)
                nic_set_link(nic, (command(card, VMXNET3_COMMAND_GET_LINK) & 1) != 0);
        if ((events & VMXNET3_EVENT_QUEUES) != 0)
                nic_break(nic, "it stopped a queue");
        return true;
}

static const struct nic_hardware hardware = {
        .driver = "vmxnet3",
        .capabilities = NETDEV_TX_CHECKSUM | NETDEV_RX_CHECKSUM,
        .post = post,
        .post_kick = post_kick,
        .receive = receive,
        .has_received = has_received,
        .send = send,
        .send_kick = send_kick,
        .sent = sent,
        .unmask = unmask,
        .mask = mask,
        .interrupt = interrupt,
        .stop = stop,
};

/* Everything that the card reads and writes, in one piece. Returns 0 or -ENOMEM. */
static int allocate(struct vmxnet3 *card)
{
        const size_t rx = card->nic.receive.size * sizeof(struct vmxnet3_descriptor);
        const size_t tx = card->nic.transmit.size * sizeof(struct vmxnet3_descriptor);
        const size_t bytes = PLATFORM_PAGE_SIZE + 2 * rx + 2 * tx;
        char *memory = page_alloc(page_order(bytes));
        if (memory == NULL)
                return -ENOMEM;
        _Static_assert(VMXNET3_QUEUES_OFFSET + sizeof(struct vmxnet3_transmit_queue) +
                                       sizeof(struct vmxnet3_receive_queue) <=
                               PLATFORM_PAGE_SIZE,
                       "one page");
        memset(memory, 0, bytes);
        card->shared = (void *)memory;
        card->transmit_queue = (void *)(memory + VMXNET3_QUEUES_OFFSET);
        card->receive_queue = (void *)(card->transmit_queue + 1);
        memory += PLATFORM_PAGE_SIZE;
        card->received = (void *)memory;
        card->received_done = (void *)(memory + rx);
        card->sent = (void *)(memory + 2 * rx);
        card->sent_done = (void *)(memory + 2 * rx + tx);
        return 0;
}

static void describe(struct vmxnet3 *card)
{
        const uint32_t rx = card->nic.receive.size, tx = card->nic.transmit.size;
        *card->transmit_queue = (struct vmxnet3_transmit_queue){
                .ring = platform_dma_address(card->sent),
                .ring_size = tx,
                .completions = platform_dma_address(card->sent_done),
                .completions_size = tx,
                .interrupt = VMXNET3_INTERRUPT_TRANSMIT,
        };
        *card->receive_queue = (struct vmxnet3_receive_queue){
                .ring = {platform_dma_address(card->received)},
                .ring_size = {rx},
                .completions = platform_dma_address(card->received_done),
                .completions_size = rx,
                .interrupt = VMXNET3_INTERRUPT_RECEIVE,
        };
        *card->shared = (struct vmxnet3_shared){
                .magic = VMXNET3_MAGIC,
                .driver_version = 1,
                .guest = VMXNET3_GUEST_64_BIT,
                .revisions = 1,
                .upt_versions = 1,
                .features = VMXNET3_FEATURE_CHECKSUM,
                .queues = platform_dma_address(card->transmit_queue),
                .queues_bytes = sizeof *card->transmit_queue + sizeof *card->receive_queue,
                .mtu = NIC_MTU,
                .pieces_max = 1,
                .transmit_queues = 1,
                .receive_queues = 1,
                .interrupts = VMXNET3_INTERRUPTS,
                .event_interrupt = VMXNET3_INTERRUPT_RECEIVE,
                .receive_mode = VMXNET3_RECEIVE_UNICAST | VMXNET3_RECEIVE_BROADCAST | VMXNET3_RECEIVE_MULTICASTS,
        };
}

static void read_mac(struct vmxnet3 *card)
{
        const uint32_t words[2] = {command(card, VMXNET3_COMMAND_GET_MAC_LOW),
                                   command(card, VMXNET3_COMMAND_GET_MAC_HIGH)};
        uint8_t mac[6];
        memcpy(mac, words, sizeof mac);
        nic_set_mac(&card->nic, mac);
        uint32_t back[2] = {0, 0};
        memcpy(back, card->nic.netdev.info.mac, sizeof mac);
        mmio_write32(card->registers + VMXNET3_MAC_LOW, back[0]);
        mmio_write32(card->registers + VMXNET3_MAC_HIGH, back[1]);
}

/* Returns what is wrong, or NULL. */
static const char *activate(struct vmxnet3 *card)
{
        (void)command(card, VMXNET3_COMMAND_RESET);
        if ((mmio_read32(card->registers + VMXNET3_REVISIONS) & 1) == 0 ||
            (mmio_read32(card->registers + VMXNET3_UPT_VERSIONS) & 1) == 0)
                return "it does not know revision 1 of its interface";
        mmio_write32(card->registers + VMXNET3_REVISIONS, 1);
        mmio_write32(card->registers + VMXNET3_UPT_VERSIONS, 1);
        read_mac(card);
        if (allocate(card) != 0)
                return "no memory for its rings";
        describe(card);
        const uint64_t address = platform_dma_address(card->shared);
        mmio_write32(card->registers + VMXNET3_SHARED_LOW, (uint32_t)address);
        mmio_write32(card->registers + VMXNET3_SHARED_HIGH, (uint32_t)(address >> 32));
        return command(card, VMXNET3_COMMAND_ACTIVATE) != 0 ? "it could not be activated" : NULL;
}

static volatile uint8_t *map_bar(struct pci_bars *bars, unsigned n)
{
        struct pci_bar bar;
        return pci_bar(bars, n, &bar) == 0 && bar.bytes >= VMXNET3_BAR_BYTES
                       ? device_map(bar.address, VMXNET3_BAR_BYTES)
                       : NULL;
}

static int connect(struct vmxnet3 *card, struct pci_bars *bars)
{
        struct pci_walk walk;
        uint32_t header;
        uint8_t at;
        pci_walk_start(&walk, card->nic.function);
        while ((at = pci_walk_next(&walk, &header)) != 0)
                if ((header & 0xff) == PCI_CAPABILITY_MSIX)
                        break;
        if (at == 0 || pci_msix_open(bars, at, &card->msix) != 0 || card->msix.vectors < VMXNET3_INTERRUPTS)
                return -EIO;
        pci_msix_enable(card->nic.function, &card->msix);
        const int receive_vector = irq_vector_alloc(nic_interrupt, &card->nic);
        const int transmit_vector = irq_vector_alloc(sent_interrupt, &card->nic);
        if (receive_vector < 0 || transmit_vector < 0)
                return -ENOSPC;
        pci_msix_set(&card->msix, VMXNET3_INTERRUPT_RECEIVE, (unsigned)receive_vector);
        pci_msix_set(&card->msix, VMXNET3_INTERRUPT_TRANSMIT, (unsigned)transmit_vector);
        return 0;
}

int vmxnet3_start(const struct pci_function *function)
{
        struct pci_bars bars = {.function = function};
        struct vmxnet3 *card = page_alloc(0);
        if (card == NULL)
                return -ENOMEM;
        _Static_assert(sizeof *card <= PLATFORM_PAGE_SIZE, "one page");
        memset(card, 0, sizeof *card);
        struct nic *nic = &card->nic;
        int error = nic_init(nic, &hardware, function); /* what there was of memory is lost with a card that fails */
        if (error != 0)
                return error;
        pci_enable(function);
        card->doorbells = map_bar(&bars, 0);
        card->registers = map_bar(&bars, 1);
        if (card->doorbells == NULL || card->registers == NULL)
                return nic_refuse(nic, -EIO, "its registers are in no BAR");
        if (connect(card, &bars) != 0)
                return nic_refuse(nic, -EIO, "it has no MSI-X, or one vector only; two are needed");
        const char *wrong = activate(card);
        if (wrong != NULL)
                return nic_refuse(nic, -EIO, wrong);
        mask(nic);
        set_mask(card, VMXNET3_INTERRUPT_TRANSMIT, true);
        nic->netdev.link_up = (command(card, VMXNET3_COMMAND_GET_LINK) & 1) != 0;
        return nic_publish(nic);
}
