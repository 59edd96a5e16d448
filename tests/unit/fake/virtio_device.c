/* The device side of virtio, written by the tests. */
#include <errno.h>
#include <string.h>

#include <fake/virtio_device.h>

static struct fake_virtio *fake_of(struct virtio_device *device)
{
        return (struct fake_virtio *)(void *)((char *)device - offsetof(struct fake_virtio, device));
}

static uint8_t get_status(struct virtio_device *device)
{
        return fake_of(device)->status;
}

static void set_status(struct virtio_device *device, uint8_t status)
{
        struct fake_virtio *fake = fake_of(device);
        fake->stops += status == 128;
        if (fake->reset_hangs && status == 0) {
                fake->status = 64;
                return;
        }
        if (fake->features_refused)
                status = (uint8_t)(status & ~8u);
        fake->status = status;
        if (status == 0)
                for (unsigned i = 0; i < FAKE_QUEUES; i++)
                        fake->rings[i].enabled = false;
}

static uint64_t features(struct virtio_device *device)
{
        return fake_of(device)->offered;
}

static void set_features(struct virtio_device *device, uint64_t value)
{
        fake_of(device)->accepted = value;
}

static uint32_t generation(struct virtio_device *device)
{
        struct fake_virtio *fake = fake_of(device);
        fake->generation += fake->generation_step;
        return fake->generation;
}

static uint32_t config_read(struct virtio_device *device, uint32_t offset, unsigned width)
{
        uint32_t value = 0;
        if (offset + width <= sizeof fake_of(device)->config)
                memcpy(&value, fake_of(device)->config + offset, width);
        return value;
}

static uint32_t queue_max(struct virtio_device *device, uint16_t queue)
{
        return queue < FAKE_QUEUES ? fake_of(device)->rings[queue].maximum : 0;
}

static int queue_enable(struct virtio_device *device, uint16_t queue, uint16_t size, const uint64_t address[3],
                        struct virtio_doorbell *doorbell)
{
        struct fake_virtio *fake = fake_of(device);
        struct fake_ring *ring = &fake->rings[queue];
        if (fake->enable_error != 0)
                return fake->enable_error;
        ring->enabled = true;
        ring->size = size;
        ring->descriptors = (void *)(uintptr_t)address[0];
        ring->available = (void *)(uintptr_t)address[1];
        ring->used = (void *)(uintptr_t)address[2];
        ring->seen = 0;
        ring->doorbell = UINT32_MAX;
        doorbell->address = &ring->doorbell;
        doorbell->wide = true;
        return 0;
}

static int connect(struct virtio_device *device)
{
        return fake_of(device)->connect_error;
}

void fake_virtio_init(struct fake_virtio *fake, enum virtio_type type, uint64_t offered)
{
        *fake = (struct fake_virtio){
                .device = {.type = type, .name = "fake"},
                .transport = {.legacy_advice = "`modern=on`",
                              .status = get_status,
                              .set_status = set_status,
                              .features = features,
                              .set_features = set_features,
                              .generation = generation,
                              .config_read = config_read,
                              .queue_max = queue_max,
                              .queue_enable = queue_enable,
                              .connect = connect},
                .offered = offered | VIRTIO_F_VERSION_1,
        };
        fake->device.transport = &fake->transport;
        for (unsigned i = 0; i < FAKE_QUEUES; i++)
                fake->rings[i].maximum = 256;
}

unsigned fake_waiting(const struct fake_ring *ring)
{
        return (uint16_t)(ring->available[1] - ring->seen);
}

int fake_pop(struct fake_ring *ring)
{
        if (fake_waiting(ring) == 0)
                return -1;
        return ring->available[2 + (ring->seen++ & (ring->size - 1))];
}

/* One descriptor of a chain, indirect or not. Returns whether another follows. */
struct walk {
        uint64_t table;
        uint32_t index;
};

static bool step(const struct fake_ring *ring, struct walk *walk, uint64_t *address, uint32_t *length, bool *writable)
{
        const struct fake_descriptor *table =
                walk->table != 0 ? (void *)(uintptr_t)walk->table : (void *)ring->descriptors;
        if ((table[walk->index].flags & 4) != 0) {
                walk->table = table[walk->index].address;
                walk->index = 0;
                table = (void *)(uintptr_t)walk->table;
        }
        *address = table[walk->index].address;
        *length = table[walk->index].length;
        *writable = (table[walk->index].flags & 2) != 0;
        bool more = (table[walk->index].flags & 1) != 0;
        walk->index = table[walk->index].next;
        return more;
}

static uint32_t copy(const struct fake_ring *ring, int head, uint8_t *bytes, uint32_t length, bool to_driver)
{
        struct walk walk = {.index = (uint32_t)head};
        uint32_t done = 0;
        bool more = true;
        while (more && done < length) {
                uint64_t address;
                uint32_t piece;
                bool writable;
                more = step(ring, &walk, &address, &piece, &writable);
                if (writable != to_driver)
                        continue;
                if (piece > length - done)
                        piece = length - done;
                if (to_driver)
                        memcpy((void *)(uintptr_t)address, bytes + done, piece);
                else
                        memcpy(bytes + done, (void *)(uintptr_t)address, piece);
                done += piece;
        }
        return done;
}

uint32_t fake_fill(const struct fake_ring *ring, int head, const void *bytes, uint32_t length)
{
        return copy(ring, head, (uint8_t *)(uintptr_t)bytes, length, true);
}

uint32_t fake_drain(const struct fake_ring *ring, int head, void *bytes, uint32_t room)
{
        return copy(ring, head, bytes, room, false);
}

unsigned fake_chain_length(const struct fake_ring *ring, int head)
{
        struct walk walk = {.index = (uint32_t)head};
        unsigned count = 1;
        uint64_t address;
        uint32_t length;
        bool writable;
        while (step(ring, &walk, &address, &length, &writable))
                count++;
        return count;
}

void fake_push(struct fake_ring *ring, uint32_t id, uint32_t length)
{
        unsigned at = ring->used->index & (ring->size - 1u);
        ring->used->ring[at].id = id;
        ring->used->ring[at].length = length;
        ring->used->index++;
}

void fake_interrupt(struct fake_virtio *fake)
{
        fake->device.class->on_queue(fake->device.ctx);
}

void fake_config_interrupt(struct fake_virtio *fake)
{
        fake->device.class->on_config(fake->device.ctx);
}
