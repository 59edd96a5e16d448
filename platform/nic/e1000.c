/*
 * Intel's PCI gigabit cards as hypervisors imitate them: 82540EM and its kin (PCI/PCI-X Family of Gigabit Ethernet
 * Controllers Software Developer's Manual, 317453), and 82574L (Intel 82574 GbE Controller Family datasheet, 317694),
 * which has MSI besides. Section numbers are of the former.
 *
 * One descriptor of the card's oldest format for each received frame, extended ones to transmit, because checksums need
 * them: a context descriptor says where the checksum goes, and holds until the next one.
 */
#include <nic/nic.h>

#include <errno.h>
#include <string.h>

#include <coracle/memory.h>
#include <platform.h>
#include <x86_64/memory/device.h>
#include <x86_64/interrupt/irq.h>

/* Section 13.4: registers in BAR 0 */
#define REGISTERS_BYTES 0x6000u /* of 128 KiB, those that are used */
#define CTRL            0x0000u
#define STATUS          0x0008u
#define ICR             0x00c0u
#define IMS             0x00d0u
#define IMC             0x00d8u
#define RCTL            0x0100u
#define TCTL            0x0400u
#define TIPG            0x0410u
#define RDBAL           0x2800u
#define RDBAH           0x2804u
#define RDLEN           0x2808u
#define RDH             0x2810u
#define RDT             0x2818u
#define TDBAL           0x3800u
#define TDBAH           0x3804u
#define TDLEN           0x3808u
#define TDH             0x3810u
#define TDT             0x3818u
#define RXCSUM          0x5000u
#define RAL             0x5400u
#define RAH             0x5404u

#define CTRL_AUTO_SPEED  0x00000020u
#define CTRL_LINK_UP     0x00000040u
#define CTRL_RESET       0x04000000u
#define STATUS_LINK      0x00000002u
#define CAUSE_SENT       0x01u /* a descriptor that asks for a report */
#define CAUSE_LINK       0x04u
#define CAUSE_FEW        0x10u
#define CAUSE_OVERRUN    0x40u
#define CAUSE_RECEIVED   0x80u
#define CAUSES           (CAUSE_LINK | CAUSE_FEW | CAUSE_OVERRUN | CAUSE_RECEIVED)
#define RCTL_ENABLE      0x00000002u
#define RCTL_MULTICAST   0x00000010u /* all of it: the stack filters */
#define RCTL_BROADCAST   0x00008000u
#define RCTL_STRIP_CRC   0x04000000u /* buffers of 2048: 0. No long packets: at most 1522 bytes are written */
#define TCTL_ENABLE      0x00000002u
#define TCTL_PAD         0x00000008u
#define TCTL_COLLISIONS  (0x0fu << 4 | 0x40u << 12)
#define TIPG_COPPER      (10u | 8u << 10 | 6u << 20)
#define RXCSUM_IP_TCPUDP 0x300u

#define RESET_TIME 100000000ull /* nanoseconds */

/* Section 3.2.3 */
struct receive_descriptor {
        uint64_t address;
        uint16_t bytes, checksum;
        uint8_t status, errors;
        uint16_t special;
};

#define STATUS_DONE         0x01u
#define STATUS_END          0x02u
#define STATUS_IGNORE_SUM   0x04u
#define STATUS_TCPUDP_SUM   0x20u
#define ERRORS_OF_FRAME     0x97u /* CE, SE, SEQ, CXE, RXE */
#define ERRORS_OF_CHECKSUMS 0x60u

/* Sections 3.3.6 and 3.3.7: context and data */
struct transmit_descriptor {
        uint64_t address;  /* context: starts and places of the checksums */
        uint32_t command;  /* length, type, command */
        uint32_t response; /* status, and of data, what to insert */
};

#define COMMAND_TYPE_DATA (1u << 20)
#define COMMAND_TCP       (0x01u << 24) /* of a context */
#define COMMAND_END       (0x01u << 24) /* of data, like the next two */
#define COMMAND_CRC       (0x02u << 24)
#define COMMAND_REPORT    (0x08u << 24)
#define COMMAND_EXTENDED  (0x20u << 24)
#define RESPONSE_DONE     0x01u
#define RESPONSE_CHECKSUM (0x02u << 8)
#define TCP_CHECKSUM      16u /* its offset in a TCP header */

struct e1000 {
        struct nic nic;
        volatile uint8_t *registers;
        struct receive_descriptor *received;
        struct transmit_descriptor *sent;
        uint32_t context; /* what the last context descriptor said: start and offset */
        bool reports;     /* transmitted frames interrupt */
};

static struct e1000 *e1000_of(struct nic *nic)
{
        return (struct e1000 *)(void *)((char *)nic - offsetof(struct e1000, nic));
}

static uint32_t read_register(const struct e1000 *card, uint32_t offset)
{
        return mmio_read32(card->registers + offset);
}

static void write_register(const struct e1000 *card, uint32_t offset, uint32_t value)
{
        mmio_write32(card->registers + offset, value);
}

static void post(struct nic *nic, uint32_t position, uint64_t address)
{
        e1000_of(nic)->received[position % nic->receive.size] = (struct receive_descriptor){.address = address};
}

static void post_kick(struct nic *nic)
{
        atomic_thread_fence(memory_order_release);
        write_register(e1000_of(nic), RDT, nic->receive.posted % nic->receive.size);
}

static bool has_received(struct nic *nic)
{
        const struct nic_receive *rx = &nic->receive;
        const volatile struct receive_descriptor *next = &e1000_of(nic)->received[rx->taken % rx->size];
        return rx->taken != rx->posted && (next->status & STATUS_DONE) != 0;
}

static enum nic_answer receive(struct nic *nic, struct nic_received *received)
{
        const struct nic_receive *rx = &nic->receive;
        if (!has_received(nic))
                return NIC_NOTHING;
        atomic_thread_fence(memory_order_acquire);
        received->index = rx->taken % rx->size;
        struct receive_descriptor d;
        memcpy(&d, &e1000_of(nic)->received[received->index], sizeof d);
        if ((d.status & STATUS_END) == 0) {
                nic_break(nic, "a received packet takes several buffers, though none is so large");
                return NIC_BROKEN;
        }
        received->bytes = d.bytes;
        received->wrong = (d.errors & ERRORS_OF_FRAME) != 0;
        received->checksum_good = (d.status & (STATUS_IGNORE_SUM | STATUS_TCPUDP_SUM)) == STATUS_TCPUDP_SUM &&
                                  (d.errors & ERRORS_OF_CHECKSUMS) == 0;
        return NIC_TAKEN;
}

/* Section 3.3.6: where the checksum starts and goes; it ends with the packet. */
static struct transmit_descriptor context_descriptor(const struct netdev_offload *offload)
{
        const uint64_t start = offload->checksum_start;
        const uint64_t place = start + offload->checksum_offset; /* at most NIC_SUM_MAX */
        return (struct transmit_descriptor){
                .address = start << 32 | place << 40,
                .command = COMMAND_EXTENDED | (offload->checksum_offset == TCP_CHECKSUM ? COMMAND_TCP : 0),
        };
}

static unsigned send(struct nic *nic, const struct nic_piece *pieces, unsigned count,
                     const struct netdev_offload *offload)
{
        struct e1000 *card = e1000_of(nic);
        const uint32_t size = nic->transmit.size, context = offload->checksum_start | offload->checksum_offset << 16u;
        uint32_t at = nic->transmit.produced;
        if (offload->checksum && context != card->context) {
                card->sent[at++ % size] = context_descriptor(offload);
                card->context = context;
        }
        for (unsigned i = 0; i < count; i++)
                card->sent[at++ % size] = (struct transmit_descriptor){
                        .address = pieces[i].address,
                        .command = pieces[i].bytes | COMMAND_TYPE_DATA | COMMAND_CRC | COMMAND_EXTENDED |
                                   (i == count - 1 ? COMMAND_END | COMMAND_REPORT : 0),
                        .response = offload->checksum ? RESPONSE_CHECKSUM : 0,
                };
        return at - nic->transmit.produced;
}

static void send_kick(struct nic *nic)
{
        atomic_thread_fence(memory_order_release);
        write_register(e1000_of(nic), TDT, nic->transmit.produced % nic->transmit.size);
}

static enum nic_answer sent(struct nic *nic, uint32_t last)
{
        const volatile struct transmit_descriptor *d = &e1000_of(nic)->sent[last % nic->transmit.size];
        if ((d->response & RESPONSE_DONE) == 0)
                return NIC_NOTHING;
        atomic_thread_fence(memory_order_acquire);
        return NIC_TAKEN;
}

static void set_link(struct nic *nic)
{
        nic_set_link(nic, (read_register(e1000_of(nic), STATUS) & STATUS_LINK) != 0);
}

/* What happened since the interrupts were masked has been seen, or will be, except for the link. */
static bool unmask(struct nic *nic, bool transmit)
{
        struct e1000 *card = e1000_of(nic);
        const bool link = (read_register(card, ICR) & CAUSE_LINK) != 0;
        card->reports = transmit;
        write_register(card, IMS, CAUSES | (transmit ? CAUSE_SENT : 0));
        if (link)
                set_link(nic);
        return false;
}

static void mask(struct nic *nic)
{
        write_register(e1000_of(nic), IMC, UINT32_MAX);
}

/* Reading the causes clears them. */
static bool interrupt(struct nic *nic)
{
        struct e1000 *card = e1000_of(nic);
        const uint32_t causes = read_register(card, ICR);
        if (causes == 0)
                return false;
        if ((causes & CAUSE_SENT) != 0 && card->reports) {
                card->reports = false;
                write_register(card, IMC, CAUSE_SENT);
        }
        if ((causes & CAUSE_LINK) != 0)
                set_link(nic);
        return true;
}

static void stop(struct nic *nic)
{
        const struct e1000 *card = e1000_of(nic);
        write_register(card, IMC, UINT32_MAX);
        write_register(card, RCTL, 0);
        write_register(card, TCTL, 0);
}

static const struct nic_hardware hardware = {
        .driver = "e1000",
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

/* Section 14.3. Returns 0 or -EIO. */
static int reset(struct e1000 *card)
{
        stop(&card->nic);
        write_register(card, CTRL, read_register(card, CTRL) | CTRL_RESET);
        const uint64_t deadline = platform_clock_monotonic() + RESET_TIME;
        while ((read_register(card, CTRL) & CTRL_RESET) != 0)
                if (platform_clock_monotonic() > deadline)
                        return -EIO;
        write_register(card, IMC, UINT32_MAX);
        (void)read_register(card, ICR);
        write_register(card, CTRL, CTRL_LINK_UP | CTRL_AUTO_SPEED);
        return 0;
}

static void set_ring(struct e1000 *card, uint32_t base, const void *ring, uint32_t bytes)
{
        const uint64_t address = platform_dma_address(ring);
        write_register(card, base, (uint32_t)address);
        write_register(card, base + (RDBAH - RDBAL), (uint32_t)(address >> 32));
        write_register(card, base + (RDLEN - RDBAL), bytes);
        write_register(card, base + (RDH - RDBAL), 0);
        write_register(card, base + (RDT - RDBAL), 0);
}

/* Sections 14.4 and 14.5. */
static int set_rings(struct e1000 *card)
{
        const uint32_t received = card->nic.receive.size * (uint32_t)sizeof *card->received;
        const uint32_t sent_bytes = card->nic.transmit.size * (uint32_t)sizeof *card->sent;
        char *pages = page_alloc(page_order(received + sent_bytes));
        if (pages == NULL)
                return -ENOMEM;
        memset(pages, 0, received + sent_bytes);
        card->received = (void *)pages;
        card->sent = (void *)(pages + received);
        set_ring(card, RDBAL, card->received, received);
        set_ring(card, TDBAL, card->sent, sent_bytes);
        write_register(card, TIPG, TIPG_COPPER);
        write_register(card, TCTL, TCTL_ENABLE | TCTL_PAD | TCTL_COLLISIONS);
        write_register(card, RXCSUM, RXCSUM_IP_TCPUDP);
        write_register(card, RCTL, RCTL_ENABLE | RCTL_MULTICAST | RCTL_BROADCAST | RCTL_STRIP_CRC);
        return 0;
}

static uint8_t find_msi(const struct pci_function *function)
{
        struct pci_walk walk;
        uint32_t header;
        uint8_t at;
        pci_walk_start(&walk, function);
        while ((at = pci_walk_next(&walk, &header)) != 0)
                if ((header & 0xff) == PCI_CAPABILITY_MSI)
                        return at;
        return 0;
}

static int connect(struct e1000 *card)
{
        const struct pci_function *function = card->nic.function;
        const uint8_t msi = find_msi(function);
        if (msi == 0)
                return pci_intx_connect(function, nic_interrupt, &card->nic);
        const int vector = irq_vector_alloc(nic_interrupt, &card->nic);
        return vector < 0 ? vector : pci_msi_enable(function, msi, (unsigned)vector);
}

static void read_mac(struct e1000 *card)
{
        uint32_t words[2] = {read_register(card, RAL), read_register(card, RAH)};
        uint8_t mac[6];
        memcpy(mac, words, sizeof mac);
        nic_set_mac(&card->nic, mac);
        memcpy(words, card->nic.netdev.info.mac, sizeof mac);
        write_register(card, RAL, words[0]);
        write_register(card, RAH, (words[1] & 0xffff) | 1u << 31); /* the address is valid */
}

int e1000_start(const struct pci_function *function)
{
        struct pci_bars bars = {.function = function};
        struct pci_bar bar;
        struct e1000 *card = page_alloc(0);
        if (card == NULL)
                return -ENOMEM;
        _Static_assert(sizeof *card <= PLATFORM_PAGE_SIZE, "one page");
        memset(card, 0, sizeof *card);
        struct nic *nic = &card->nic;
        int error = nic_init(nic, &hardware, function); /* what there was of memory is lost with a card that fails */
        if (error != 0)
                return error;
        error = pci_bar(&bars, 0, &bar);
        if (error != 0 || bar.bytes < REGISTERS_BYTES)
                return nic_refuse(nic, -EIO, "its registers are in no BAR");
        pci_enable(function);
        card->registers = device_map(bar.address, REGISTERS_BYTES);
        if (card->registers == NULL)
                return nic_refuse(nic, -ENOMEM, "its registers cannot be mapped");
        if (reset(card) != 0)
                return nic_refuse(nic, -EIO, "its reset does not end");
        read_mac(card);
        if (set_rings(card) != 0)
                return nic_refuse(nic, -ENOMEM, "no memory for its rings");
        if (connect(card) != 0) {
                stop(nic);
                return nic_refuse(nic, -EIO, "nobody says where its interrupt goes");
        }
        nic->netdev.link_up = (read_register(card, STATUS) & STATUS_LINK) != 0;
        return nic_publish(nic);
}
