/*
 * netfront and its rings against a backend that does what the fuzzer says: responses, extra information, indexes,
 * packet bytes, features, disconnections. It uses only pages that are granted to it, as Xen sees to; everything else it
 * may lie about. Checked beside the sanitizers: every packet handed over is as long as its pieces, every accepted frame
 * is done once, and after a disconnection nothing is granted that is not mapped.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <fake/netback.h>
#include <platform.h>

#include "input.h"
#include "stack.h"

static bool connected;

/* What the stack does while the thread "xenstore" waits for it. */
static void on_sleep(void)
{
        poll(8);
}

static void send(void)
{
        static uint8_t bytes[1u << 17];
        struct netdev_segment segments[NETDEV_SEGMENTS_MAX + 1];
        const uint8_t how = byte();
        struct netdev_offload offload = {.checksum = how & 1,
                                         .checksum_start = byte(),
                                         .checksum_offset = byte(),
                                         .segment_bytes = how & 2 ? 1448 : 0,
                                         .header_bytes = 54,
                                         .ipv6 = how & 4};
        const unsigned count = byte() % (NETDEV_SEGMENTS_MAX + 2);
        for (unsigned i = 0; i < count; i++)
                segments[i] = (struct netdev_segment){bytes + (word(2) & 0xffff), how & 8 ? word(2) : byte()};
        transmit(segments, count, &offload);
}

/* Answers to receive requests: mostly in the slots where they belong. */
static void answer_receive(void)
{
        static const uint8_t packet[PLATFORM_PAGE_SIZE];
        const uint8_t how = byte();
        if (rx_waiting() == 0 || rx_waiting() > XEN_NET_RING)
                return;
        const uint32_t index = fake_netback.rx_taken;
        if (fake_grant_use(rx_slot(index)->req.gref, true) == NULL) { /* the index was a lie: this is an old request */
                fake_netback.rx_taken++;
                return;
        }
        answer_rx(packet, how & 1 ? (uint16_t)word(2) : 0, (int16_t)(how & 2 ? word(2) : byte()), (how >> 4) & 15);
        if ((how & 4) != 0)
                for (unsigned i = 0; i < 8; i++)
                        ((uint8_t *)rx_slot(index))[i] = byte();
        if ((how & 8) != 0)
                push_rx();
}

static void answer_transmit(void)
{
        const uint8_t how = byte();
        if (tx_waiting() == 0 || tx_waiting() > XEN_NET_RING || (how & 1) != 0) {
                answer_tx((uint16_t)word(how & 2 ? 2 : 1), (int8_t)byte());
                return;
        }
        const struct netif_tx_request request = take_tx();
        const uint8_t *bytes = tx_bytes(&request);
        static volatile uint8_t sum;
        for (unsigned i = 0; bytes != NULL && (request.flags & NETTXF_more_data) == 0 && i < request.size; i += 97)
                sum = (uint8_t)(sum + (request.offset + i < PLATFORM_PAGE_SIZE ? bytes[i] : 0));
        answer_tx((request.flags & NETTXF_extra_info) != 0 && (how & 4) != 0 ? 0xffff : request.id,
                  how & 8 ? NETIF_RSP_NULL : -(int)(how >> 4 & 1));
}

static void disconnect(void)
{
        fake_xenbus_disconnect();
        connected = false;
        for (grant_reference i = 0; i < FAKE_GRANTS; i++)
                assert(!fake_grants[i].granted || fake_grants[i].mapped);
        assert(fake_channels_used() == 0);
        each_frame_is_done_once();
}

static void reconnect(void)
{
        if (connected)
                disconnect();
        connected = !fake_xenbus_device->failed && fake_xenbus_connect() == 0;
        if (connected)
                netback_map();
        else
                fake_xenbus_disconnect();
}

static void lie_about_an_index(void)
{
        _Atomic uint32_t *const indexes[] = {
                &fake_netback.rx->response_producer, &fake_netback.tx->response_producer,
                &fake_netback.rx->request_event,     &fake_netback.tx->request_event,
                &fake_netback.rx->request_producer,  &fake_netback.tx->response_event,
        };
        const unsigned which = byte() % 6;
        *indexes[which] = byte() & 1 ? word(4) : *indexes[which] + (uint32_t)(int8_t)byte();
}

static void act(void)
{
        const uint8_t what = byte() % 12;
        if (!connected && what < 6)
                return;
        switch (what) {
        case 0:
        case 1:
        case 2:
                answer_receive();
                break;
        case 3:
        case 4:
                answer_transmit();
                break;
        case 5:
                lie_about_an_index();
                break;
        case 6:
        case 7:
                if (!fake_netdev->disabled)
                        send();
                break;
        case 8:
                if (!fake_netdev->disabled)
                        fake_netdev->operations->flush(fake_netdev);
                fake_netdev->operations->arm(fake_netdev);
                break;
        case 9:
                release_one();
                break;
        case 10:
                if (byte() < 32)
                        reconnect();
                break;
        default:
                poll(byte() & 31);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
        static const char *const features[] = {"feature-split-event-channels", "feature-sg", "feature-gso-tcpv4",
                                               "feature-gso-tcpv6", "feature-no-csum-offload"};
        input = data;
        left = bytes;
        stack_reset();
        netback_reset();
        fake_on_sleep = on_sleep;
        const uint8_t offered = byte();
        for (unsigned i = 0; i < 5; i++)
                if ((offered & 1u << i) != 0)
                        fake_backend_set(features[i], i == 4 || (offered & 0x40) == 0 ? "1" : "0");
        fake_memory_bytes = (uint64_t)(byte() % 128) << 20;
        fake_grants_left = offered & 0x80 ? byte() : FAKE_GRANTS;
        connected = netback_start() == 1;
        if (!connected)
                return 0;
        while (left != 0)
                act();
        if (connected)
                disconnect();
        release_all_held();
        return 0;
}
