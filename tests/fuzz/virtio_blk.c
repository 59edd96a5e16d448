/*
 * The block driver and its ring against a device that writes what the fuzzer says: used entries, indexes, statuses,
 * configuration. It keeps to the descriptors it was given, as a device whose memory accesses are checked would.
 * Checked beside the sanitizers: each accepted request is over once, and all are when the device is disabled.
 */
#include <assert.h>
#include <string.h>

#include <fake/blkdev.h>
#include <fake/driver_host.h>
#include <fake/virtio_device.h>
#include <virtio/blk.h>

#include "input.h"

static struct fake_virtio fake;
static unsigned accepted;
static uint8_t memory[4096 * BLKDEV_SEGMENTS_MAX];

/* A request within the limits of the device's info, as the class makes them. */
static void request(void)
{
        const struct blkdev_info *info = &fake_blkdev->info;
        struct blkdev_segment segments[BLKDEV_SEGMENTS_MAX];
        enum blkdev_operation operation = (enum blkdev_operation)(byte() % 5);
        unsigned count = operation <= BLKDEV_WRITE ? 1 + byte() % info->segments_max : 0;
        for (unsigned i = 0; i < count; i++) {
                uint32_t bytes = info->block_bytes * (1 + byte() % (4096 / info->block_bytes));
                if (bytes > info->segment_bytes_max)
                        bytes = info->segment_bytes_max;
                segments[i] = (struct blkdev_segment){memory + i * 4096, (uintptr_t)memory + i * 4096, bytes};
        }
        if (accepted < FAKE_COOKIES && fake_submit(operation, word(4), word(2), segments, count, accepted) == 0)
                accepted++;
}

/* One chain back to the driver; the entry is a lie when the fuzzer wants it. */
static void use(struct fake_ring *ring)
{
        uint8_t bytes[600];
        int head = fake_pop(ring);
        uint8_t how = byte();
        uint32_t length = how & 0x40 ? word(3) : how & 0x20 ? 513 : 1;
        memset(bytes, how & 3, sizeof bytes);
        if (head >= 0)
                fake_fill(ring, head, bytes, length < sizeof bytes ? length : sizeof bytes);
        else
                head = byte();
        if ((how & 0x80) != 0)
                fake_push(ring, word(4), word(4));
        else
                fake_push(ring, (uint32_t)head, length);
}

static void act(void)
{
        struct fake_ring *ring = &fake.rings[0];
        switch (byte() % 7) {
        case 0:
        case 1:
                use(ring);
                break;
        case 2:
        case 3:
                request();
                break;
        case 4:
                ring->used->index = (uint16_t)word(2);
                break;
        case 5:
                fake.config[byte() & 63] = byte();
                fake_config_interrupt(&fake);
                break;
        default:
                fake_interrupt(&fake);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
        input = data;
        left = bytes;
        accepted = 0;
        fake_host_reset();
        fake_blkdev_reset();
        fake_memory_bytes = (uint64_t)(byte() % 64) << 20;
        fake_virtio_init(&fake, VIRTIO_BLOCK, (uint64_t)word(2) | (uint64_t)(byte() & 3) << 28);
        fake.generation_step = byte() == 1;
        fake.rings[0].maximum = byte() == 7 ? word(4) : 1u << (byte() & 9);
        for (unsigned i = 0; i < 8; i++)
                fake.config[i < 4 ? i : 8 + i] = byte();
        fake.config[21] = byte(); /* of the block size */
        for (unsigned i = 36; i < 52; i += 4)
                fake.config[i] = byte();
        if (virtio_blk_start(&fake.device) != 0) {
                fake_interrupt(&fake);
                return 0;
        }
        assert(fake_blkdev->info.segments_max >= 1 && fake_blkdev->info.segments_max <= BLKDEV_SEGMENTS_MAX);
        assert(fake_blkdev->info.segment_bytes_max % fake_blkdev->info.block_bytes == 0);
        while (left != 0)
                act();
        for (unsigned i = 0; i < accepted; i++)
                assert(fake_finished[i] <= 1);
        for (unsigned i = 0; i < 4 && !fake_blkdev->disabled; i++) { /* the end: whatever is out comes back */
                fake.rings[0].used->index = (uint16_t)(fake.rings[0].used->index + 20000);
                fake_interrupt(&fake);
        }
        assert(fake_blkdev->disabled);
        for (unsigned i = 0; i < accepted; i++)
                assert(fake_finished[i] == 1);
        return 0;
}
