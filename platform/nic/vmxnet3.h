/* What vmxnet3 and its driver share, as its drivers have it: registers, descriptors, and memory that the card reads. */
#ifndef CORACLE_NIC_VMXNET3_H
#define CORACLE_NIC_VMXNET3_H

#include <nic/nic.h>

#define VMXNET3_BAR_BYTES 4096u /* each of the first two */

/* BAR 0; entry n of each is 8 n bytes further on */
#define VMXNET3_MASK              0x000u
#define VMXNET3_TRANSMIT_PRODUCER 0x600u
#define VMXNET3_RECEIVE_PRODUCER  0x800u

/* BAR 1 */
#define VMXNET3_REVISIONS    0x00u
#define VMXNET3_UPT_VERSIONS 0x08u
#define VMXNET3_SHARED_LOW   0x10u
#define VMXNET3_SHARED_HIGH  0x18u
#define VMXNET3_COMMAND      0x20u
#define VMXNET3_MAC_LOW      0x28u
#define VMXNET3_MAC_HIGH     0x30u
#define VMXNET3_EVENTS       0x40u

#define VMXNET3_COMMAND_ACTIVATE     0xcafe0000u
#define VMXNET3_COMMAND_QUIESCE      0xcafe0001u
#define VMXNET3_COMMAND_RESET        0xcafe0002u
#define VMXNET3_COMMAND_GET_LINK     0xf00d0002u
#define VMXNET3_COMMAND_GET_MAC_LOW  0xf00d0003u
#define VMXNET3_COMMAND_GET_MAC_HIGH 0xf00d0004u

#define VMXNET3_EVENT_QUEUES 0x3u /* a receive or transmit queue failed */
#define VMXNET3_EVENT_LINK   0x4u

/* Our interrupts */
#define VMXNET3_INTERRUPT_RECEIVE  0u
#define VMXNET3_INTERRUPT_TRANSMIT 1u
#define VMXNET3_INTERRUPTS         2u

/* Of either ring; the meaning of the bits differs. */
struct vmxnet3_descriptor {
        uint64_t address;
        uint32_t first, second;
};

#define VMXNET3_LENGTH 0x3fffu /* 14 bits of `first` */

#define VMXNET3_SEND_GENERATION 14u /* a bit of `first` */
#define VMXNET3_SUM_PLACE_SHIFT 18u /* 14 bits of `first`: where the checksum goes */
#define VMXNET3_MODE_CHECKSUM   (2u << 10)
#define VMXNET3_SEND_END        (1u << 12) /* of `second`, like the mode; the lowest 10 bits: where the sum starts */
#define VMXNET3_SEND_REPORT     (1u << 13)

#define VMXNET3_RECEIVE_GENERATION 31u /* a bit of `first` */

/* The generation is the highest bit of the last word. */
struct vmxnet3_completion {
        uint32_t word[4];
};

#define VMXNET3_INDEX 0xfffu /* word 0 */

#define VMXNET3_RECEIVED_END       (1u << 14) /* word 0 */
#define VMXNET3_RECEIVED_START     (1u << 15)
#define VMXNET3_QUEUE_SHIFT        16u
#define VMXNET3_QUEUE              0x3ffu
#define VMXNET3_RECEIVED_UNCHECKED (1u << 30)
#define VMXNET3_RECEIVED_ERROR     (1u << 14) /* word 2 */
#define VMXNET3_RECEIVED_SUM_GOOD  (1u << 16) /* word 3 */
#define VMXNET3_RECEIVED_UDP       (1u << 17)
#define VMXNET3_RECEIVED_TCP       (1u << 18)
#define VMXNET3_RECEIVED_IP_GOOD   (1u << 19)
#define VMXNET3_RECEIVED_IPV4      (1u << 21)
#define VMXNET3_RECEIVED_FRAGMENT  (1u << 22)

/* Queues: control words, configuration, status, counters; the counters and the padding are not used here. */
struct vmxnet3_transmit_queue {
        uint32_t deferred, threshold;
        uint64_t reserved_control;
        uint64_t ring, data_ring, completions, driver_data, reserved;
        uint32_t ring_size, data_size, completions_size, driver_data_bytes;
        uint8_t interrupt, padding[7];
        uint8_t stopped, padding_status[3];
        uint32_t error;
        uint8_t counters[168];
};

struct vmxnet3_receive_queue {
        uint8_t wants_producer, padding_control[7];
        uint64_t reserved_control;
        uint64_t ring[2], completions, driver_data, data_ring;
        uint32_t ring_size[2], completions_size, driver_data_bytes;
        uint8_t interrupt, padding[7];
        uint8_t stopped, padding_status[3];
        uint32_t error;
        uint8_t counters[168];
};

_Static_assert(sizeof(struct vmxnet3_transmit_queue) == 256 && sizeof(struct vmxnet3_receive_queue) == 256, "");

#define VMXNET3_MAGIC              0xbabefee1u
#define VMXNET3_GUEST_64_BIT       (2u | 1u << 2) /* of the first kind there is */
#define VMXNET3_FEATURE_CHECKSUM   1u
#define VMXNET3_RECEIVE_UNICAST    0x01u
#define VMXNET3_RECEIVE_BROADCAST  0x04u
#define VMXNET3_RECEIVE_MULTICASTS 0x08u /* all of them: the stack filters */

/* What the card is told when it is activated; `events` is what it tells. */
struct vmxnet3_shared {
        uint32_t magic, padding;
        uint32_t driver_version, guest, revisions, upt_versions;
        uint64_t features, driver_data, queues;
        uint32_t driver_data_bytes, queues_bytes, mtu;
        uint16_t pieces_max;
        uint8_t transmit_queues, receive_queues;
        uint32_t reserved_misc[4];
        uint8_t auto_mask; /* 0: interrupts are masked by us alone */
        uint8_t interrupts, event_interrupt, moderation[25];
        uint32_t interrupt_control, reserved_interrupts[2];
        uint32_t receive_mode;
        uint16_t multicast_bytes, padding_filter;
        uint64_t multicast;
        uint32_t vlans[128];
        uint64_t more[6]; /* descriptors of further areas: none */
        uint32_t events, reserved_end[5];
};

_Static_assert(offsetof(struct vmxnet3_shared, auto_mask) == 80 &&
                       offsetof(struct vmxnet3_shared, receive_mode) == 120 &&
                       offsetof(struct vmxnet3_shared, events) == 696,
               "");

#define VMXNET3_QUEUES_OFFSET 1024u /* of the queues in our page of shared memory; a multiple of 128 */

#endif
