/* virtio over MMIO (virtio 1.2, section 4.2). */
#include <errno.h>

#include <coracle/log.h>
#include <virtio/mmio.h>
#include <x86_64/memory/device.h>
#include <x86_64/interrupt/irq.h>

/* Section 4.2.2: register offsets */
#define REGISTER_MAGIC             0x000u
#define REGISTER_VERSION           0x004u
#define REGISTER_DEVICE_ID         0x008u
#define REGISTER_DEVICE_FEATURES   0x010u
#define REGISTER_DEVICE_SELECT     0x014u
#define REGISTER_DRIVER_FEATURES   0x020u
#define REGISTER_DRIVER_SELECT     0x024u
#define REGISTER_QUEUE_SELECT      0x030u
#define REGISTER_QUEUE_SIZE_MAX    0x034u
#define REGISTER_QUEUE_SIZE        0x038u
#define REGISTER_QUEUE_READY       0x044u
#define REGISTER_QUEUE_NOTIFY      0x050u
#define REGISTER_INTERRUPT_STATUS  0x060u
#define REGISTER_INTERRUPT_ACK     0x064u
#define REGISTER_STATUS            0x070u
#define REGISTER_QUEUE_DESCRIPTORS 0x080u
#define REGISTER_QUEUE_AVAILABLE   0x090u
#define REGISTER_QUEUE_USED        0x0a0u
#define REGISTER_GENERATION        0x0fcu
#define REGISTER_CONFIG            0x100u

#define MAGIC_VALUE      0x74726976u /* "virt" */
#define VERSION_LEGACY   1u
#define VERSION_MODERN   2u
#define INTERRUPT_QUEUE  1u
#define INTERRUPT_CONFIG 2u

/* An interrupt line that is still up after this many acknowledgements is stuck; the next edge comes or does not. */
#define ACKNOWLEDGE_LIMIT 8u

static struct virtio_mmio *mmio_of(struct virtio_device *device)
{
        return (struct virtio_mmio *)(void *)((char *)device - offsetof(struct virtio_mmio, device));
}

static uint32_t get(struct virtio_device *device, uint32_t offset)
{
        return mmio_read32(mmio_of(device)->registers + offset);
}

static void put(struct virtio_device *device, uint32_t offset, uint32_t value)
{
        mmio_write32(mmio_of(device)->registers + offset, value);
}

static uint8_t status(struct virtio_device *device)
{
        return (uint8_t)get(device, REGISTER_STATUS);
}

static void set_status(struct virtio_device *device, uint8_t value)
{
        put(device, REGISTER_STATUS, value);
}

static uint64_t features(struct virtio_device *device)
{
        put(device, REGISTER_DEVICE_SELECT, 1);
        uint64_t high = get(device, REGISTER_DEVICE_FEATURES);
        put(device, REGISTER_DEVICE_SELECT, 0);
        return high << 32 | get(device, REGISTER_DEVICE_FEATURES);
}

static void set_features(struct virtio_device *device, uint64_t value)
{
        put(device, REGISTER_DRIVER_SELECT, 1);
        put(device, REGISTER_DRIVER_FEATURES, (uint32_t)(value >> 32));
        put(device, REGISTER_DRIVER_SELECT, 0);
        put(device, REGISTER_DRIVER_FEATURES, (uint32_t)value);
}

static uint32_t generation(struct virtio_device *device)
{
        return get(device, REGISTER_GENERATION);
}

static uint32_t config_read(struct virtio_device *device, uint32_t offset, unsigned width)
{
        const struct virtio_mmio *mmio = mmio_of(device);
        if (REGISTER_CONFIG + (uint64_t)offset + width > mmio->bytes)
                return 0;
        const volatile uint8_t *at = mmio->registers + REGISTER_CONFIG + offset;
        return width == 4 ? mmio_read32(at) : width == 2 ? mmio_read16(at) : mmio_read8(at);
}

static uint32_t queue_max(struct virtio_device *device, uint16_t queue)
{
        put(device, REGISTER_QUEUE_SELECT, queue);
        return get(device, REGISTER_QUEUE_SIZE_MAX);
}

static void put_address(struct virtio_device *device, uint32_t offset, uint64_t address)
{
        put(device, offset, (uint32_t)address);
        put(device, offset + 4, (uint32_t)(address >> 32));
}

static int queue_enable(struct virtio_device *device, uint16_t queue, uint16_t size, const uint64_t address[3],
                        struct virtio_doorbell *doorbell)
{
        put(device, REGISTER_QUEUE_SELECT, queue);
        if (get(device, REGISTER_QUEUE_READY) != 0)
                return -EIO;
        put(device, REGISTER_QUEUE_SIZE, size);
        put_address(device, REGISTER_QUEUE_DESCRIPTORS, address[0]);
        put_address(device, REGISTER_QUEUE_AVAILABLE, address[1]);
        put_address(device, REGISTER_QUEUE_USED, address[2]);
        put(device, REGISTER_QUEUE_READY, 1);
        doorbell->address = mmio_of(device)->registers + REGISTER_QUEUE_NOTIFY;
        doorbell->wide = true;
        return 0;
}

/*
 * The line is edge-triggered for us whatever firmware says: masking and unmasking a level costs two gate calls for
 * each interrupt. An edge is not lost because the line is seen down before the handler returns.
 */
static void interrupt(void *ctx)
{
        struct virtio_device *device = ctx;
        uint32_t all = 0;
        for (unsigned i = 0; i < ACKNOWLEDGE_LIMIT; i++) {
                uint32_t pending = get(device, REGISTER_INTERRUPT_STATUS) & (INTERRUPT_QUEUE | INTERRUPT_CONFIG);
                if (pending == 0)
                        break;
                put(device, REGISTER_INTERRUPT_ACK, pending);
                all |= pending;
        }
        if ((all & INTERRUPT_CONFIG) != 0)
                device->class->on_config(device->ctx);
        if ((all & INTERRUPT_QUEUE) != 0)
                device->class->on_queue(device->ctx);
}

static int connect(struct virtio_device *device)
{
        const struct virtio_mmio *mmio = mmio_of(device);
        int vector = irq_vector_alloc(interrupt, device);
        if (vector < 0)
                return vector;
        return irq_route(mmio->gsi, (unsigned)vector, mmio->irq_flags);
}

static const struct virtio_transport mmio_transport = {
        .legacy_advice = "`-global virtio-mmio.force-legacy=false`",
        .status = status,
        .set_status = set_status,
        .features = features,
        .set_features = set_features,
        .generation = generation,
        .config_read = config_read,
        .queue_max = queue_max,
        .queue_enable = queue_enable,
        .connect = connect,
};

int virtio_mmio_attach(struct virtio_mmio *mmio, enum virtio_type type, volatile uint8_t *registers)
{
        struct virtio_device *device = &mmio->device;
        mmio->registers = registers;
        device->transport = &mmio_transport;
        format_text(device->name, sizeof device->name, "virtio-mmio at 0x%llx", (unsigned long long)mmio->base);
        uint32_t magic = get(device, REGISTER_MAGIC);
        uint32_t version = get(device, REGISTER_VERSION);
        if (magic != MAGIC_VALUE) {
                log_error("virtio", "%s: no virtio device there: its magic number is 0x%x", device->name, magic);
                return -EIO;
        }
        device->type = get(device, REGISTER_DEVICE_ID);
        if (device->type != (uint32_t)type)
                return -ENODEV;
        if (version == VERSION_LEGACY) {
                log_error("virtio", "%s: a legacy device; start the hypervisor with %s", device->name,
                          mmio_transport.legacy_advice);
                return -EIO;
        }
        if (version != VERSION_MODERN) {
                log_error("virtio", "%s: version %u of the transport is unknown", device->name, version);
                return -EIO;
        }
        return 0;
}

int virtio_mmio_open(struct virtio_mmio *mmio, enum virtio_type type, uint64_t base, uint64_t bytes, uint32_t gsi,
                     uint32_t irq_flags)
{
        *mmio = (struct virtio_mmio){.base = base, .bytes = bytes, .gsi = gsi, .irq_flags = irq_flags};
        volatile uint8_t *registers = bytes > REGISTER_CONFIG ? device_map(base, bytes) : NULL;
        if (registers == NULL) {
                log_error("virtio", "virtio-mmio at 0x%llx: %llu bytes there cannot be mapped",
                          (unsigned long long)base, (unsigned long long)bytes);
                return -EIO;
        }
        return virtio_mmio_attach(mmio, type, registers);
}
