/*
 * Network cards on PCI with a ring of descriptors each way: what is the same in all of them. nic.c has the operations
 * of the class and the interrupts, receive.c and transmit.c the buffers; a card (e1000.c, vmxnet3.c) has the registers
 * and the descriptors.
 *
 * Positions on a ring are counted from its start on and never go back: position p is entry p % size, and p / size tells
 * how often the ring has gone round. At most size - 1 entries are in use: a card takes equal pointers for an empty
 * ring.
 */
#ifndef CORACLE_NIC_H
#define CORACLE_NIC_H

#include <stdatomic.h>

#include <coracle/netdev_pool.h>
#include <pci/pci.h>

#define NIC_MTU        1500u
#define NIC_FRAME_MAX  1518u /* that is received: with a VLAN tag, without the checksum */
#define NIC_SUM_MAX    255u  /* where a checksum may go: the cards have 8 bits for it, or more */
#define NIC_PIECES_MAX 8u    /* of a transmitted frame; of more, it is copied together */
#define NIC_NAME_MAX   24u

struct nic;

struct nic_piece {
        uint64_t address;
        uint32_t bytes;
};

/* What a card says of one received frame. */
struct nic_received {
        uint32_t index; /* of the ring entry, below the ring's size */
        uint32_t bytes;
        bool wrong; /* damaged on the wire: drop it */
        bool checksum_good;
};

/* Answers of `receive` and `sent`; a card that breaks its contract has been named with nic_break. */
enum nic_answer { NIC_NOTHING, NIC_TAKEN, NIC_BROKEN };

struct nic_hardware {
        const char *driver; /* for netdev_info */
        unsigned capabilities;

        /* Puts the buffer at `address`, nic->buffer_bytes long, on the receive ring at `position`. */
        void (*post)(struct nic *nic, uint32_t position, uint64_t address);
        void (*post_kick)(struct nic *nic); /* tells the card of positions up to nic->receive.posted */
        enum nic_answer (*receive)(struct nic *nic, struct nic_received *received);
        bool (*has_received)(struct nic *nic);

        /*
         * Puts a frame on the transmit ring from nic->transmit.produced on, one descriptor for each piece and at most
         * one more. Returns how many it took.
         */
        unsigned (*send)(struct nic *nic, const struct nic_piece *pieces, unsigned count,
                         const struct netdev_offload *offload);
        void (*send_kick)(struct nic *nic);
        /* Whether the card is done with the oldest frame, whose last descriptor is at `last`. Changes nothing. */
        enum nic_answer (*sent)(struct nic *nic, uint32_t last);

        /*
         * Interrupts on: for received frames and the link, and once for transmitted ones if `transmit`. Returns whether
         * an interrupt of what came while they were off may come now.
         */
        bool (*unmask)(struct nic *nic, bool transmit);
        void (*mask)(struct nic *nic); /* interrupts off */
        /* From the interrupt: takes back its causes. False: it was not this card. */
        bool (*interrupt)(struct nic *nic);
        void (*stop)(struct nic *nic); /* it reads and writes no memory any more */
};

struct nic_frame {
        void (*done)(void *cookie);
        void *cookie;
        uint32_t end; /* the position behind its last descriptor */
};

struct nic_transmit {
        uint32_t size; /* of the ring, a power of two */
        uint32_t produced, consumed;
        uint32_t kicked;          /* the card was told of positions up to here */
        struct nic_frame *frames; /* a ring of size / 2 frames, oldest at `first` */
        uint32_t first, accepted; /* positions on it */
        char *slots;              /* of each frame, for what is copied */
        uint64_t slots_address;
        bool refused; /* -EAGAIN was answered: the stack waits for room */
};

struct nic_receive {
        uint32_t size;
        uint32_t posted, taken;
        struct netdev_buffer **buffers; /* of each ring entry; NULL: not posted */
        struct netdev_pool pool;
};

struct nic {
        struct netdev netdev;
        const struct nic_hardware *hardware;
        const struct pci_function *function;
        char name[NIC_NAME_MAX]; /* "e1000 00:03.0" */
        struct nic_receive receive;
        struct nic_transmit transmit;
        uint32_t buffer_bytes;
        atomic_bool armed;  /* the stack sleeps and wants to be woken */
        atomic_bool masked; /* the card sends no interrupts */
        atomic_bool late;   /* an interrupt of what came while it was masked may come */
        atomic_bool news;   /* the link changed and the stack has not polled since */
};

static inline struct nic *nic_of(struct netdev *netdev)
{
        return (struct nic *)(void *)((char *)netdev - offsetof(struct nic, netdev));
}

/*
 * Fills in all but the MAC address and the link of a zeroed structure, with rings and buffers in proportion to the
 * guest's memory. Returns 0 or -ENOMEM (said).
 */
int nic_init(struct nic *nic, const struct nic_hardware *hardware, const struct pci_function *function);

/* The card is ready for receive buffers and interrupts: registers it. Returns 0 or -ENOSPC (said). */
int nic_publish(struct nic *nic);

/* "[net] e1000 00:03.0: WHY; it is not used". Returns `error`. */
int nic_refuse(const struct nic *nic, int error, const char *why);

/* The card broke its contract: says so, stops it. */
void nic_break(struct nic *nic, const char *why);

/* The handler of the card's interrupts; ctx is the nic. */
void nic_interrupt(void *ctx);

/* Wakes the stack if it asked for it. Any context. */
void nic_wake(struct nic *nic);

/* The link is up or not; wakes the stack when that is new. */
void nic_set_link(struct nic *nic, bool up);

/* A MAC address that cannot be a card's is replaced by a random one. */
void nic_set_mac(struct nic *nic, const uint8_t mac[6]);

/* ---- receive.c ---- */
int nic_receive_init(struct nic *nic, uint32_t buffers); /* at most */
void nic_refill(struct nic *nic);
unsigned nic_receive(struct nic *nic, unsigned budget, void (*receive)(void *ctx, struct netdev_buffer *packet),
                     void *ctx);
/* Whether there are frames, or buffers to post to an empty ring. */
bool nic_receive_arm(struct nic *nic);

/* ---- transmit.c ---- */
int nic_transmit_init(struct nic *nic);
int nic_transmit(struct netdev *netdev, const struct netdev_segment *segments, unsigned count,
                 const struct netdev_offload *offload, void (*done)(void *cookie), void *cookie);
enum nic_answer nic_oldest_sent(struct nic *nic);
void nic_reap(struct nic *nic);
void nic_abandon(struct nic *nic); /* the card was stopped: every accepted frame is done */

/* ---- The cards: take one function into use. Return 0 or an error that was said. ---- */
int e1000_start(const struct pci_function *function);
int vmxnet3_start(const struct pci_function *function);

/*
 * Looks for cards of these drivers; returns how many were started. With `expected` 0 (no other bus had a network
 * device) a card that nobody drives is named on the console, else in the log when the boot is verbose.
 */
unsigned nic_probe(unsigned expected);

#endif
