/*
 * The network driver and its rings against a device that writes what the fuzzer says: used entries, indexes, headers,
 * packet bytes, configuration. The device keeps to the descriptors it was given, as a device whose memory accesses
 * are checked would; everything else it may lie about. Checked beside the sanitizers: every packet handed over is as
 * long as its pieces, every accepted frame is done once, and a broken device stays disabled.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <fake/driver_host.h>
#include <fake/netdev.h>
#include <fake/virtio_device.h>
#include <virtio/net.h>

#include "input.h"
#include "stack.h"

static struct fake_virtio fake;

/* One chain back to the driver, filled; the entry is a lie when the fuzzer wants it. */
static void use(struct fake_ring *ring)
{
        uint8_t packet[256];
        int head = fake_pop(ring);
        uint8_t how = byte();
        uint32_t length = how & 0x40 ? word(2) : byte();
        for (unsigned i = 0; i < 32; i++)
                packet[i] = byte();
        memset(packet + 32, how, sizeof packet - 32);
        if (head >= 0)
                fake_fill(ring, head, packet, length < sizeof packet ? length : sizeof packet);
        else
                head = byte();
        if ((how & 0x80) != 0)
                fake_push(ring, word(4), word(4));
        else
                fake_push(ring, (uint32_t)head, length);
}

static void send(void)
{
        static uint8_t bytes[2048];
        struct netdev_segment segments[NETDEV_SEGMENTS_MAX + 1];
        struct netdev_offload offload = {.checksum = byte() & 1,
                                         .checksum_start = (uint16_t)word(1),
                                         .checksum_offset = byte(),
                                         .segment_bytes = (uint16_t)(byte() & 1 ? 1448 : 0),
                                         .header_bytes = 54};
        unsigned count = byte() % (NETDEV_SEGMENTS_MAX + 2);
        for (unsigned i = 0; i < count; i++)
                segments[i] = (struct netdev_segment){bytes, word(1) * 8};
        transmit(segments, count, &offload);
}

static void act(void)
{
        struct fake_ring *ring = &fake.rings[byte() & 1];
        switch (byte() % 9) {
        case 0:
        case 1:
                use(ring);
                break;
        case 2:
                poll(byte() & 31);
                break;
        case 3:
                if (!fake_netdev->disabled)
                        send();
                break;
        case 4:
                if (!fake_netdev->disabled)
                        fake_netdev->operations->flush(fake_netdev);
                break;
        case 5:
                fake_netdev->operations->arm(fake_netdev);
                break;
        case 6:
                if (ring->used != NULL)
                        ring->used->index = (uint16_t)word(2);
                break;
        case 7:
                fake_interrupt(&fake);
                fake.config[byte() & 15] = byte();
                fake_config_interrupt(&fake);
                break;
        default:
                release_one();
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
        input = data;
        left = bytes;
        stack_reset();
        fake_host_reset();
        fake_memory_bytes = (uint64_t)(byte() % 128) << 20;
        fake_virtio_init(&fake, VIRTIO_NETWORK,
                         (uint64_t)word(2) | (uint64_t)(byte() & 1) << 16 | (uint64_t)(byte() & 3) << 28);
        fake.generation_step = byte() == 1;
        fake.rings[0].maximum = 1u << (byte() & 15);
        fake.rings[1].maximum = word(1) == 7 ? word(4) : 64;
        for (unsigned i = 0; i < 12; i++)
                fake.config[i] = byte();
        if (virtio_net_start(&fake.device) != 0)
                return 0;
        while (left != 0)
                act();
        release_all_held();
        fake_push(&fake.rings[0], UINT32_MAX, 0); /* the end: whatever is out comes back when the device is disabled */
        fake_push(&fake.rings[1], UINT32_MAX, 0);
        for (unsigned i = 0; i < 300 && !fake_netdev->disabled; i++)
                poll(64);
        release_all_held();
        if (fake_netdev->disabled)
                each_frame_is_done_once();
        return 0;
}
