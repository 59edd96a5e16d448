/* Start-up of a virtio device (virtio 1.2, section 3.1), whatever its class and transport. */
#include <errno.h>
#include <string.h>

#include <coracle/log.h>
#include <platform.h>
#include <virtio/virtio.h>
#include <x86_64/memory/device.h>

/* Device status bits, section 2.1 */
#define STATUS_ACKNOWLEDGE 1u
#define STATUS_DRIVER      2u
#define STATUS_DRIVER_OK   4u
#define STATUS_FEATURES_OK 8u
#define STATUS_NEEDS_RESET 64u
#define STATUS_FAILED      128u

/* A reset that takes longer than this (a device in software needs microseconds) will not end. */
#define RESET_LIMIT_NS  1000000000ull
/* Configuration that changed this many times while it was read is not going to hold still. */
#define CONFIG_ATTEMPTS 16u

static const uint64_t ring_features = VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX | VIRTIO_F_VERSION_1 |
                                      VIRTIO_F_ACCESS_PLATFORM | VIRTIO_F_ORDER_PLATFORM;

/* Section 2.4.2: writes 0, then waits until the device answers 0. */
static int reset(struct virtio_device *device)
{
        const struct virtio_transport *transport = device->transport;
        transport->set_status(device, 0);
        if (transport->status(device) == 0)
                return 0;
        uint64_t limit = platform_clock_monotonic() + RESET_LIMIT_NS;
        while (transport->status(device) != 0)
                if (platform_clock_monotonic() > limit)
                        return -ETIMEDOUT;
        return 0;
}

void virtio_stop(struct virtio_device *device)
{
        const struct virtio_transport *transport = device->transport;
        transport->set_status(device, 0);
        transport->set_status(device, STATUS_FAILED);
}

void virtio_fail(struct virtio_device *device, const char *why)
{
        log_error("virtio", "%s: %s", device->name, why);
        virtio_stop(device);
}

/* A bit more of the status, read back: a device that lost the earlier ones was reset behind our back. */
static void add_status(struct virtio_device *device, uint8_t bits)
{
        device->transport->set_status(device, (uint8_t)(device->transport->status(device) | bits));
}

int virtio_start(struct virtio_device *device, const struct virtio_class *class, void *ctx)
{
        const struct virtio_transport *transport = device->transport;
        device->class = class;
        device->ctx = ctx;
        if (reset(device) != 0) {
                virtio_fail(device, "the device does not finish its reset; it is not used");
                return -ETIMEDOUT;
        }
        transport->set_status(device, STATUS_ACKNOWLEDGE);
        transport->set_status(device, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
        uint64_t offered = transport->features(device);
        if ((offered & VIRTIO_F_VERSION_1) == 0) {
                log_error("virtio", "%s: a legacy device; start the hypervisor with %s", device->name,
                          transport->legacy_advice);
                virtio_stop(device);
                return -ENODEV;
        }
        device->features = offered & (class->choose(ctx, offered) | ring_features);
        transport->set_features(device, device->features);
        add_status(device, STATUS_FEATURES_OK);
        if ((transport->status(device) & STATUS_FEATURES_OK) == 0) {
                virtio_fail(device, "the device refuses features that it offered; it is not used");
                return -ENODEV;
        }
        int error = transport->connect(device);
        if (error != 0)
                virtio_fail(device, "no interrupt can be connected; it is not used");
        return error;
}

int virtio_queue_start(struct virtio_device *device, struct virtio_queue *queue, uint16_t index, uint32_t size_max)
{
        uint32_t size = device->transport->queue_max(device, index);
        if (size == 0 || size > VQ_SIZE_MAX || (size & (size - 1)) != 0) {
                log_error("virtio", "%s: queue %u has an impossible size, %u; it is not used", device->name, index,
                          size);
                virtio_stop(device);
                return -EIO;
        }
        if (size > size_max)
                size = size_max;
        int error = vq_init(&queue->ring, size, virtio_has(device, VIRTIO_F_EVENT_IDX));
        if (error != 0) {
                virtio_fail(device, "no memory for its queues; it is not used");
                return error;
        }
        const uint64_t address[3] = {
                platform_dma_address(queue->ring.descriptors),
                platform_dma_address(queue->ring.available),
                platform_dma_address(queue->ring.used),
        };
        queue->index = index;
        error = device->transport->queue_enable(device, index, (uint16_t)size, address, &queue->doorbell);
        if (error != 0) {
                virtio_fail(device, "a queue cannot be enabled; it is not used");
                vq_free(&queue->ring);
        }
        return error;
}

int virtio_ready(struct virtio_device *device)
{
        add_status(device, STATUS_DRIVER_OK);
        if ((device->transport->status(device) & (STATUS_NEEDS_RESET | STATUS_DRIVER_OK)) == STATUS_DRIVER_OK)
                return 0;
        virtio_fail(device, "the device failed as it was started; it is not used");
        return -EIO;
}

bool virtio_kick(struct virtio_queue *queue)
{
        if (!vq_publish(&queue->ring))
                return false;
        if (queue->doorbell.wide)
                mmio_write32(queue->doorbell.address, queue->index);
        else
                mmio_write16(queue->doorbell.address, queue->index);
        return true;
}

int virtio_config(struct virtio_device *device, uint32_t offset, void *buffer, unsigned count, unsigned width)
{
        const struct virtio_transport *transport = device->transport;
        uint32_t before = transport->generation(device);
        for (unsigned attempt = 0; attempt < CONFIG_ATTEMPTS; attempt++) {
                for (unsigned i = 0; i < count; i++) {
                        uint32_t value = transport->config_read(device, offset + i * width, width);
                        memcpy((char *)buffer + i * width, &value, width); /* little-endian, as we are */
                }
                uint32_t after = transport->generation(device);
                if (after == before)
                        return 0;
                before = after;
        }
        return -EIO;
}
