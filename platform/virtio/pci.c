/* virtio over PCI (virtio 1.2, section 4.1), modern interface, MSI-X. */
#include <errno.h>

#include <coracle/log.h>
#include <virtio/pci.h>
#include <x86_64/memory/device.h>
#include <x86_64/interrupt/irq.h>

#define VENDOR_VIRTIO        0x1af4u
#define DEVICE_TRANSITIONAL  0x1000u /* section 4.1.2.1: types 1 network, 3 console, 4 entropy at +0, +3, +5 */
#define DEVICE_MODERN        0x1040u
#define DEVICE_MODERN_LAST   0x107fu
#define TRANSITIONAL_NETWORK 0x1000u
#define TRANSITIONAL_CONSOLE 0x1003u
#define TRANSITIONAL_ENTROPY 0x1005u

/* Section 4.1.4: struct virtio_pci_cap */
#define CAP_BAR               4u
#define CAP_OFFSET            8u
#define CAP_REGION_LENGTH     12u
#define CAP_NOTIFY_MULTIPLIER 16u
#define CAP_BYTES             16u
#define CAP_NOTIFY_BYTES      20u

enum region_type { REGION_COMMON = 1, REGION_NOTIFY = 2, REGION_CONFIG = 4 };

/* Section 4.1.4.3: struct virtio_pci_common_cfg */
#define COMMON_DEVICE_SELECT     0u
#define COMMON_DEVICE_FEATURES   4u
#define COMMON_DRIVER_SELECT     8u
#define COMMON_DRIVER_FEATURES   12u
#define COMMON_CONFIG_VECTOR     16u
#define COMMON_STATUS            20u
#define COMMON_GENERATION        21u
#define COMMON_QUEUE_SELECT      22u
#define COMMON_QUEUE_SIZE        24u
#define COMMON_QUEUE_VECTOR      26u
#define COMMON_QUEUE_ENABLE      28u
#define COMMON_QUEUE_NOTIFY      30u
#define COMMON_QUEUE_DESCRIPTORS 32u
#define COMMON_QUEUE_AVAILABLE   40u
#define COMMON_QUEUE_USED        48u
#define COMMON_BYTES             56u

/* Our use of the MSI-X table: one vector for the configuration, one for all queues. */
#define ENTRY_CONFIG   0u
#define ENTRY_QUEUES   1u
#define ENTRIES        2u
#define NO_VECTOR      0xffffu
#define DOORBELL_BYTES 2u

static struct virtio_pci *pci_of(struct virtio_device *device)
{
        return (struct virtio_pci *)(void *)((char *)device - offsetof(struct virtio_pci, device));
}

static volatile uint8_t *common(struct virtio_device *device)
{
        return pci_of(device)->common.at;
}

static uint8_t status(struct virtio_device *device)
{
        return mmio_read8(common(device) + COMMON_STATUS);
}

static void set_status(struct virtio_device *device, uint8_t value)
{
        mmio_write8(common(device) + COMMON_STATUS, value);
}

static uint64_t features(struct virtio_device *device)
{
        mmio_write32(common(device) + COMMON_DEVICE_SELECT, 1);
        uint64_t high = mmio_read32(common(device) + COMMON_DEVICE_FEATURES);
        mmio_write32(common(device) + COMMON_DEVICE_SELECT, 0);
        return high << 32 | mmio_read32(common(device) + COMMON_DEVICE_FEATURES);
}

static void set_features(struct virtio_device *device, uint64_t value)
{
        mmio_write32(common(device) + COMMON_DRIVER_SELECT, 1);
        mmio_write32(common(device) + COMMON_DRIVER_FEATURES, (uint32_t)(value >> 32));
        mmio_write32(common(device) + COMMON_DRIVER_SELECT, 0);
        mmio_write32(common(device) + COMMON_DRIVER_FEATURES, (uint32_t)value);
}

static uint32_t generation(struct virtio_device *device)
{
        return mmio_read8(common(device) + COMMON_GENERATION);
}

static uint32_t config_read(struct virtio_device *device, uint32_t offset, unsigned width)
{
        const struct virtio_pci_region *config = &pci_of(device)->config;
        if (config->bytes < width || offset > config->bytes - width)
                return 0;
        const volatile uint8_t *at = config->at + offset;
        return width == 4 ? mmio_read32(at) : width == 2 ? mmio_read16(at) : mmio_read8(at);
}

static uint32_t queue_max(struct virtio_device *device, uint16_t queue)
{
        mmio_write16(common(device) + COMMON_QUEUE_SELECT, queue);
        return mmio_read16(common(device) + COMMON_QUEUE_SIZE);
}

static void put_address(struct virtio_device *device, uint32_t offset, uint64_t address)
{
        mmio_write32(common(device) + offset, (uint32_t)address);
        mmio_write32(common(device) + offset + 4, (uint32_t)(address >> 32));
}

static int queue_enable(struct virtio_device *device, uint16_t queue, uint16_t size, const uint64_t address[3],
                        struct virtio_doorbell *doorbell)
{
        const struct virtio_pci *pci = pci_of(device);
        volatile uint8_t *registers = common(device);
        mmio_write16(registers + COMMON_QUEUE_SELECT, queue);
        mmio_write16(registers + COMMON_QUEUE_SIZE, size);
        put_address(device, COMMON_QUEUE_DESCRIPTORS, address[0]);
        put_address(device, COMMON_QUEUE_AVAILABLE, address[1]);
        put_address(device, COMMON_QUEUE_USED, address[2]);
        mmio_write16(registers + COMMON_QUEUE_VECTOR, ENTRY_QUEUES);
        if (mmio_read16(registers + COMMON_QUEUE_VECTOR) != ENTRY_QUEUES) /* section 4.1.5.1.2.2 */
                return -EIO;
        uint64_t place = (uint64_t)mmio_read16(registers + COMMON_QUEUE_NOTIFY) * pci->notify_multiplier;
        if (place > pci->notify.bytes - DOORBELL_BYTES || place % DOORBELL_BYTES != 0)
                return -EIO;
        doorbell->address = pci->notify.at + place;
        doorbell->wide = false;
        mmio_write16(registers + COMMON_QUEUE_ENABLE, 1);
        return 0;
}

static void queue_interrupt(void *ctx)
{
        struct virtio_device *device = ctx;
        device->class->on_queue(device->ctx);
}

static void config_interrupt(void *ctx)
{
        struct virtio_device *device = ctx;
        device->class->on_config(device->ctx);
}

static int connect(struct virtio_device *device)
{
        struct virtio_pci *pci = pci_of(device);
        int config = irq_vector_alloc(config_interrupt, device);
        int queues = irq_vector_alloc(queue_interrupt, device);
        if (config < 0 || queues < 0)
                return -ENOSPC;
        pci_msix_enable(pci->function, &pci->msix);
        pci_msix_set(&pci->msix, ENTRY_CONFIG, (unsigned)config);
        pci_msix_set(&pci->msix, ENTRY_QUEUES, (unsigned)queues);
        mmio_write16(common(device) + COMMON_CONFIG_VECTOR, ENTRY_CONFIG);
        return mmio_read16(common(device) + COMMON_CONFIG_VECTOR) == ENTRY_CONFIG ? 0 : -EIO;
}

static const struct virtio_transport pci_transport = {
        .legacy_advice = "`disable-legacy=on,disable-modern=off` on the device",
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

uint32_t virtio_pci_type(const struct pci_function *function)
{
        if (function->vendor != VENDOR_VIRTIO)
                return 0;
        if (function->device > DEVICE_MODERN && function->device <= DEVICE_MODERN_LAST)
                return function->device - DEVICE_MODERN;
        switch (function->device) {
        case TRANSITIONAL_NETWORK:
                return VIRTIO_NETWORK;
        case TRANSITIONAL_CONSOLE:
                return VIRTIO_CONSOLE;
        case TRANSITIONAL_ENTROPY:
                return VIRTIO_ENTROPY;
        default:
                return 0;
        }
}

/* What the capability list promises, each where it was first found to make sense. */
struct places {
        struct pci_bars bars;
        struct place {
                uint64_t address;
                uint32_t bytes;
        } common, notify, config;
        uint32_t notify_multiplier;
        uint8_t msix;
};

/* Section 4.1.4: a region that is not inside a BAR, or too short for its purpose, is passed over. */
static bool read_place(struct places *places, uint8_t at, uint32_t least, struct place *place)
{
        const struct pci_function *function = places->bars.function;
        struct pci_bar bar;
        uint32_t offset = pci_read32(function, at + CAP_OFFSET);
        uint32_t bytes = pci_read32(function, at + CAP_REGION_LENGTH);
        if (place->bytes != 0 || bytes < least || offset % 4 != 0)
                return false;
        if (pci_bar(&places->bars, pci_read32(function, at + CAP_BAR) & 0xff, &bar) != 0)
                return false;
        if (bytes > bar.bytes || offset > bar.bytes - bytes)
                return false;
        *place = (struct place){.address = bar.address + offset, .bytes = bytes};
        return true;
}

static void find_places(struct places *places)
{
        struct pci_walk walk;
        uint32_t header;
        uint8_t at;
        pci_walk_start(&walk, places->bars.function);
        while ((at = pci_walk_next(&walk, &header)) != 0) {
                if ((header & 0xff) == PCI_CAPABILITY_MSIX)
                        places->msix = at;
                if ((header & 0xff) != PCI_CAPABILITY_VENDOR || at > 0x100 - CAP_NOTIFY_BYTES ||
                    (header >> 16 & 0xff) < CAP_BYTES)
                        continue;
                uint32_t type = header >> 24;
                if (type == REGION_COMMON)
                        read_place(places, at, COMMON_BYTES, &places->common);
                else if (type == REGION_CONFIG)
                        read_place(places, at, 1, &places->config);
                else if (type == REGION_NOTIFY && read_place(places, at, DOORBELL_BYTES, &places->notify))
                        places->notify_multiplier = pci_read32(places->bars.function, at + CAP_NOTIFY_MULTIPLIER);
        }
}

static bool map_place(const struct place *place, struct virtio_pci_region *region)
{
        region->bytes = place->bytes;
        region->at = place->bytes != 0 ? device_map(place->address, place->bytes) : NULL;
        return region->at != NULL;
}

static int refuse(const struct virtio_pci *pci, const char *why)
{
        log_error("virtio", "%s: %s", pci->device.name, why);
        return -EIO;
}

int virtio_pci_open(struct virtio_pci *pci, const struct pci_function *function)
{
        *pci = (struct virtio_pci){.function = function};
        struct virtio_device *device = &pci->device;
        device->transport = &pci_transport;
        device->type = virtio_pci_type(function);
        format_text(device->name, sizeof device->name, "virtio-pci %02x:%02x.%x", function->bus, function->slot,
                    function->function);
        struct places places = {.bars.function = function};
        find_places(&places);
        pci_enable(function);
        if (!map_place(&places.common, &pci->common)) {
                log_error("virtio", "%s: a legacy device, or its registers are in no BAR; start the hypervisor with %s",
                          device->name, pci_transport.legacy_advice);
                return -EIO;
        }
        if (!map_place(&places.notify, &pci->notify))
                return refuse(pci, "its doorbells are not inside a BAR; it is not used");
        pci->notify_multiplier = places.notify_multiplier;
        if (!map_place(&places.config, &pci->config)) /* a class without configuration has none */
                pci->config.bytes = 0;
        if (places.msix != 0 && pci_msix_open(&places.bars, places.msix, &pci->msix) != 0)
                return refuse(pci, "its MSI-X table is not inside a BAR; it is not used");
        if (pci->msix.vectors < ENTRIES)
                return refuse(pci, "it has no MSI-X, or one vector only (`vectors=`); two are needed; it is not used");
        return 0;
}
