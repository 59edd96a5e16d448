/* The backend of a vif: see netback.h. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <fake/netback.h>
#include <platform.h>

struct fake_netback fake_netback;
struct netdev_buffer *received[256];
unsigned received_count;
unsigned finished[600];

static void on_sleep(void)
{
        (void)poll_device();
}

void netback_reset(void)
{
        static const char *const features[] = {"feature-split-event-channels", "feature-sg", "feature-gso-tcpv4",
                                               "feature-gso-tcpv6", "feature-ipv6-csum-offload"};
        fake_host_reset();
        fake_event_reset();
        fake_grant_reset();
        fake_xenbus_reset();
        fake_on_sleep = on_sleep;
        fake_netdev = NULL;
        fake_wakes = 0;
        received_count = 0;
        memset(finished, 0, sizeof finished);
        for (unsigned i = 0; i < sizeof features / sizeof features[0]; i++)
                fake_backend_set(features[i], "1");
        fake_frontend_set("mac", "00:16:3e:01:02:0f");
}

void netback_map(void)
{
        memset(&fake_netback, 0, sizeof fake_netback);
        fake_netback.tx = (struct ring_shared *)(void *)fake_grant_use(fake_frontend_number("tx-ring-ref"), true);
        fake_netback.rx = (struct ring_shared *)(void *)fake_grant_use(fake_frontend_number("rx-ring-ref"), true);
}

unsigned netback_start(void)
{
        const unsigned devices = xen_net_probe();
        netback_map();
        return devices;
}

/* ---- The backend's side ---- */

union netif_tx_sring_entry *tx_slot(uint32_t index)
{
        return (union netif_tx_sring_entry *)(void *)(fake_netback.tx + 1) + index % XEN_NET_RING;
}

union netif_rx_sring_entry *rx_slot(uint32_t index)
{
        return (union netif_rx_sring_entry *)(void *)(fake_netback.rx + 1) + index % XEN_NET_RING;
}

uint32_t tx_waiting(void)
{
        return fake_netback.tx->request_producer - fake_netback.tx_taken;
}

uint32_t rx_waiting(void)
{
        return fake_netback.rx->request_producer - fake_netback.rx_taken;
}

struct netif_tx_request take_tx(void)
{
        assert(tx_waiting() != 0);
        return tx_slot(fake_netback.tx_taken++)->req;
}

const uint8_t *tx_bytes(const struct netif_tx_request *request)
{
        const uint8_t *page = fake_grant_use(request->gref, false);
        return page != NULL ? page + request->offset : NULL;
}

void answer_tx(uint16_t id, int16_t status)
{
        tx_slot(fake_netback.tx->response_producer)->rsp = (struct netif_tx_response){.id = id, .status = status};
        fake_netback.tx->response_producer++;
}

void answer_rx(const void *data, uint16_t offset, int16_t status, uint16_t flags)
{
        assert(rx_waiting() != 0);
        const uint32_t index = fake_netback.rx_taken++;
        const struct netif_rx_request request = rx_slot(index)->req;
        uint8_t *page = fake_grant_use(request.gref, true);
        assert(page != NULL);
        if (status > 0 && offset <= PLATFORM_PAGE_SIZE && status <= (int)PLATFORM_PAGE_SIZE - offset)
                memcpy(page + offset, data, (size_t)status);
        rx_slot(index)->rsp =
                (struct netif_rx_response){.id = request.id, .offset = offset, .flags = flags, .status = status};
}

void answer_rx_extra(const struct netif_extra_info *extra)
{
        memcpy(rx_slot(fake_netback.rx_taken++), extra, sizeof *extra);
}

void push_rx(void)
{
        fake_netback.rx->response_producer = fake_netback.rx_taken;
}

void deliver(const void *data, uint16_t bytes, uint16_t flags)
{
        answer_rx(data, 0, (int16_t)bytes, flags);
        push_rx();
}

/* ---- The stack's side ---- */

static void receive(void *ctx, struct netdev_buffer *packet)
{
        (void)ctx;
        received[received_count++] = packet;
}

unsigned poll_device(void)
{
        return fake_netdev->operations->poll(fake_netdev, 64, receive, NULL);
}

void flush(void)
{
        fake_netdev->operations->flush(fake_netdev);
}

void release_all(void)
{
        for (unsigned i = 0; i < received_count; i++)
                for (struct netdev_buffer *piece = received[i], *next; piece != NULL; piece = next) {
                        next = piece->next;
                        piece->release(piece);
                }
        received_count = 0;
}

static void done(void *cookie)
{
        finished[(uintptr_t)cookie]++;
}

int send_segments(const struct netdev_segment *segments, unsigned count, const struct netdev_offload *offload,
                  uintptr_t cookie)
{
        return fake_netdev->operations->transmit(fake_netdev, segments, count, offload, done, (void *)cookie);
}

int send_frame(const void *data, uint32_t bytes, uintptr_t cookie)
{
        const struct netdev_segment segment = {.data = data, .length = bytes};
        return send_segments(&segment, 1, NULL, cookie);
}
