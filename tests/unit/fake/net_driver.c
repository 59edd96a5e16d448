/* A virtio network driver started on a fake device: see net_driver.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fake/net_driver.h>

struct fake_virtio fake;

const uint8_t config[12] = {0x52, 0x54, 0, 1, 2, 3, 1, 0, 0, 0, 0xdc, 5}; /* MAC, link up, MTU 1500 */

struct netdev_buffer *received[256];
unsigned received_count;
unsigned finished[600];

int start_with(uint64_t features)
{
        fake_host_reset();
        fake_virtio_init(&fake, VIRTIO_NETWORK, features);
        memcpy(fake.config, config, sizeof config);
        received_count = 0;
        fake_wakes = 0;
        fake_netdev = NULL;
        memset(finished, 0, sizeof finished);
        return virtio_net_start(&fake.device);
}

int set_up(void **state)
{
        (void)state;
        return start_with(ALL_FEATURES);
}

int set_up_plain(void **state)
{
        (void)state;
        return start_with(VIRTIO_NET_F_MAC);
}

static void receive(void *ctx, struct netdev_buffer *packet)
{
        (void)ctx;
        received[received_count++] = packet;
}

unsigned poll_device(void)
{
        return fake_netdev->operations->poll(fake_netdev, 64, receive, NULL);
}

void release_all(void)
{
        for (unsigned i = 0; i < received_count; i++)
                for (struct netdev_buffer *b = received[i], *next; b != NULL; b = next) {
                        next = b->next;
                        b->release(b);
                }
        received_count = 0;
}

void done(void *cookie)
{
        finished[(uintptr_t)cookie]++;
}

void deliver(const struct virtio_net_header *header, const void *frame_data, uint32_t bytes)
{
        uint8_t packet[2048];
        memcpy(packet, header, sizeof *header);
        memcpy(packet + sizeof *header, frame_data, bytes);
        int head = fake_pop(RX);
        assert_true(head >= 0);
        fake_fill(RX, head, packet, (uint32_t)sizeof *header + bytes);
        fake_push(RX, (uint32_t)head, (uint32_t)sizeof *header + bytes);
}

const struct virtio_net_header plain = {.buffers = 1};
uint8_t frame[1514];
const struct netdev_offload nothing;

void flush(void)
{
        fake_netdev->operations->flush(fake_netdev);
}

int send_frame(const void *data, uint32_t bytes, uintptr_t cookie)
{
        struct netdev_segment segment = {.data = data, .length = bytes};
        return fake_netdev->operations->transmit(fake_netdev, &segment, 1, &nothing, done, (void *)cookie);
}
