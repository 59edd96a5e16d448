/*
 * The device side of virtio, written by the tests: a transport that is a struct, and hands on the rings. It obeys the
 * driver as a device would, and lies when it is told to.
 */
#ifndef FAKE_VIRTIO_DEVICE_H
#define FAKE_VIRTIO_DEVICE_H

#include <virtio/virtio.h>

#define FAKE_QUEUES 4

struct fake_descriptor {
        uint64_t address;
        uint32_t length;
        uint16_t flags, next;
};

/* One ring as the device sees it. */
struct fake_ring {
        uint32_t maximum; /* what queue_max answers */
        bool enabled;
        uint16_t size;
        struct {
                uint64_t address;
                uint32_t length;
                uint16_t flags, next;
        } * descriptors;
        uint16_t *available; /* flags, index, ring, used_event */
        struct {
                uint16_t flags, index;
                struct {
                        uint32_t id, length;
                } ring[];
        } * used;
        uint16_t seen; /* entries of the available ring that were popped */
        uint32_t doorbell;
};

struct fake_virtio {
        struct virtio_device device;
        struct virtio_transport transport; /* the honest functions: tests replace some */
        uint64_t offered, accepted;
        uint8_t status;
        bool reset_hangs, features_refused;
        uint32_t generation, generation_step;
        uint8_t config[64];
        int connect_error, enable_error;
        unsigned stops; /* times that the status became FAILED */
        struct fake_ring rings[FAKE_QUEUES];
};

/* An honest device of `type` with every queue of 256 entries. */
void fake_virtio_init(struct fake_virtio *fake, enum virtio_type type, uint64_t offered);

/* Takes the next offered chain's head, or -1. */
int fake_pop(struct fake_ring *ring);
unsigned fake_waiting(const struct fake_ring *ring); /* offered and not popped */

/* Copies bytes to (from) the writable (readable) descriptors of a chain; returns how many fitted (there were). */
uint32_t fake_fill(const struct fake_ring *ring, int head, const void *bytes, uint32_t length);
uint32_t fake_drain(const struct fake_ring *ring, int head, void *bytes, uint32_t room);
unsigned fake_chain_length(const struct fake_ring *ring, int head);

/* Returns a chain to the driver. */
void fake_push(struct fake_ring *ring, uint32_t id, uint32_t length);

void fake_interrupt(struct fake_virtio *fake);
void fake_config_interrupt(struct fake_virtio *fake);

#endif
