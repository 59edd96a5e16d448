/*
 * A virtio device (virtio 1.2) without its class: what drivers do with it, and what a transport provides.
 * "Modern" devices only: VIRTIO_F_VERSION_1 is required.
 */
#ifndef CORACLE_VIRTIO_H
#define CORACLE_VIRTIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <virtio/virtqueue.h>

/* Device types, section 5 */
enum virtio_type { VIRTIO_NETWORK = 1, VIRTIO_BLOCK = 2, VIRTIO_CONSOLE = 3, VIRTIO_ENTROPY = 4 };

/* Feature bits of every device, section 6 */
#define VIRTIO_F_INDIRECT_DESC   (1ull << 28)
#define VIRTIO_F_EVENT_IDX       (1ull << 29)
#define VIRTIO_F_VERSION_1       (1ull << 32)
#define VIRTIO_F_ACCESS_PLATFORM (1ull << 33)
#define VIRTIO_F_ORDER_PLATFORM  (1ull << 36)

#define VIRTIO_NAME_MAX 32

struct virtio_device;
struct virtio_class;

/* Where the device is told of new buffers: the queue's number written there, 2 or 4 bytes wide. */
struct virtio_doorbell {
        volatile void *address;
        bool wide;
};

/* What a transport provides. One call at a time; during set-up only, but for config_read and generation. */
struct virtio_transport {
        const char *legacy_advice; /* how to make the hypervisor offer a modern device */
        uint8_t (*status)(struct virtio_device *device);
        void (*set_status)(struct virtio_device *device, uint8_t status);
        uint64_t (*features)(struct virtio_device *device);
        void (*set_features)(struct virtio_device *device, uint64_t features);
        uint32_t (*generation)(struct virtio_device *device);
        /* One register of 1, 2 or 4 bytes at an aligned offset. Beyond the end it reads as 0. */
        uint32_t (*config_read)(struct virtio_device *device, uint32_t offset, unsigned width);
        /* The most entries that the queue may have, 0 when there is no such queue. */
        uint32_t (*queue_max)(struct virtio_device *device, uint16_t queue);
        /* Enables a queue of `size` entries at the three device addresses. Returns 0 or -EIO. */
        int (*queue_enable)(struct virtio_device *device, uint16_t queue, uint16_t size, const uint64_t address[3],
                            struct virtio_doorbell *doorbell);
        /* Connects the class's two functions to interrupts, before any queue is enabled. Returns 0, -errno. */
        int (*connect)(struct virtio_device *device);
};

struct virtio_device {
        const struct virtio_transport *transport;
        uint32_t type;
        char name[VIRTIO_NAME_MAX]; /* for messages: "virtio-pci 00:02.0" */
        uint64_t features;          /* negotiated */
        const struct virtio_class *class;
        void *ctx;
};

struct virtio_queue {
        struct virtqueue ring;
        struct virtio_doorbell doorbell;
        uint16_t index;
};

static inline bool virtio_has(const struct virtio_device *device, uint64_t feature)
{
        return (device->features & feature) != 0;
}

/* What a class asks of virtio_start. */
struct virtio_class {
        /* Of the offered feature bits, those of the class to accept. */
        uint64_t (*choose)(void *ctx, uint64_t offered);
        /* Interrupts: buffers were used; the configuration changed. Called with interrupts disabled. */
        void (*on_queue)(void *ctx);
        void (*on_config)(void *ctx);
};

/*
 * Resets the device and negotiates (section 3.1.1, steps 1 to 6): VERSION_1, the ring's features, those that the
 * class chooses. Returns 0 or a negative errno after saying on the console what is wrong; the device is then left
 * failed. The interrupt functions are called from now on.
 */
int virtio_start(struct virtio_device *device, const struct virtio_class *class, void *ctx);

/* Makes and enables queue `index` with at most `size_max` entries (a power of two). Returns 0; else as above. */
int virtio_queue_start(struct virtio_device *device, struct virtio_queue *queue, uint16_t index, uint32_t size_max);

/* The driver is ready: buffers may be offered from now on. Returns 0 or -EIO (the device asks for a reset). */
int virtio_ready(struct virtio_device *device);

/* Says "NAME: WHY", resets the device and marks it failed: it does not touch the guest's memory any more. */
void virtio_fail(struct virtio_device *device, const char *why);

/* Marks a device failed without a word, for one that has a message of its own. */
void virtio_stop(struct virtio_device *device);

/* The driver side of a doorbell: shows new buffers, rings if the device wants it. Returns whether it rang. */
bool virtio_kick(struct virtio_queue *queue);

/*
 * Reads `count` fields of `width` bytes each (1, 2 or 4: section 4.1.3.1 wants the field's own) of the device's
 * configuration as one consistent whole (section 2.5.3). Returns 0, or -EIO: it does not hold still.
 */
int virtio_config(struct virtio_device *device, uint32_t offset, void *buffer, unsigned count, unsigned width);

/*
 * Calls start(device) for each device of `type` on every bus that this hypervisor has. A device whose start returns
 * an error is forgotten. Returns how many started.
 */
unsigned virtio_probe(enum virtio_type type, int (*start)(struct virtio_device *device));

#endif
