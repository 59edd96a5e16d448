/*
 * blkfront's ring against a backend that writes what the fuzzer says: indexes, ids, statuses, keys, pages that stay
 * mapped; it goes away and comes back, the same or another, in time or not. It uses only pages that it was granted, as
 * Xen sees to. Checked beside the sanitizers: each accepted request is over once, and when the backend has let go no
 * page is granted any more.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <fake/blkback.h>

#include "input.h"

static uint8_t memory[256 * 4096] __attribute__((aligned(4096)));
static unsigned accepted;
static bool connected;

/* A request within the limits of the device's info, as the class makes them. */
static void request(void)
{
        const struct blkdev_info *info = &fake_blkdev->info;
        struct blkdev_segment segments[BLKDEV_SEGMENTS_MAX];
        const enum blkdev_operation operation = (enum blkdev_operation)(byte() % 4);
        const unsigned count = operation <= BLKDEV_WRITE ? 1 + byte() % info->segments_max : 0;
        uint32_t total = 0;
        for (unsigned i = 0; i < count; i++) {
                const uint32_t room = (info->request_bytes_max - total) / 512 - (count - 1 - i);
                const uint32_t bytes = (1 + byte() % (room < 30 ? room : 30)) * 512;
                uint8_t *at = memory + (size_t)byte() * 1024 + (info->segment_alignment == 1 ? byte() : 0);
                segments[i] = (struct blkdev_segment){at, (uintptr_t)at, bytes};
                total += bytes;
        }
        if (accepted < FAKE_COOKIES && fake_submit(operation, word(2), operation <= BLKDEV_WRITE ? total / 512 : byte(),
                                                   segments, count, accepted) == 0)
                accepted++;
}

static void answer(void)
{
        const uint8_t how = byte();
        union xen_blk_entry entry = {.request = {.id = how & 2 ? (uint64_t)word(4) << 32 | word(4) : byte()}};
        if (blkback_waiting() != 0 && blkback_waiting() <= fake_blkback.size) {
                entry = blkback_take();
                if (how & 1)
                        (void)blkback_do(&entry);
        }
        const uint64_t id = entry.request.operation == BLKIF_OP_INDIRECT ? entry.indirect.id : entry.request.id;
        blkback_answer(how & 4 ? byte() : id, byte(), how & 8 ? (int16_t)word(2) : 0);
}

static void reconnect(void)
{
        fake_xenbus_disconnect();
        connected = !atomic_load(&fake_xenbus_device->failed) && fake_xenbus_connect() == 0;
        if (connected)
                blkback_map();
        else
                fake_xenbus_disconnect();
}

static void offer(const char *key, uint32_t value)
{
        char text[12];
        snprintf(text, sizeof text, "%u", value);
        fake_backend_set(key, text);
}

/* It comes back as another one, perhaps. */
static void change_features(void)
{
        const uint8_t features = byte();
        fake_backend_set("mode", features & 1 ? "w" : "r");
        offer("feature-flush-cache", features >> 1 & 1);
        offer("feature-barrier", features >> 2 & 1);
        offer("max-ring-page-order", features >> 3 & 3);
        if (features & 32)
                fake_grants_left = byte();
}

static void act(void)
{
        char number[12];
        switch (byte() % 11) {
        case 0:
        case 1:
                request();
                break;
        case 2:
        case 3:
                if (connected)
                        answer();
                break;
        case 4:
                if (connected)
                        blkback_event();
                break;
        case 5:
                if (connected)
                        fake_blkback.ring->response_producer = (uint32_t)word(4);
                break;
        case 6:
                fake_grants[8 + byte()].mapped = byte() & 1;
                break;
        case 7:
                snprintf(number, sizeof number, "%u", (uint32_t)word(3));
                fake_backend_set("sectors", number);
                fake_xenbus_driver->changed(fake_xenbus_device);
                break;
        case 8:
                change_features();
                break;
        case 9:
                if (fake_timer != NULL)
                        fake_timer_ring();
                break;
        default:
                reconnect();
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
        input = data;
        left = bytes;
        accepted = 0;
        blkback_reset();
        fake_memory_bytes = (uint64_t)(byte() % 64) << 20;
        const uint8_t features = byte();
        offer("feature-persistent", features & 1);
        offer("feature-max-indirect-segments", features & 2 ? (uint32_t)word(2) : 0);
        offer("max-ring-page-order", features & 4 ? byte() : 0);
        offer("sector-size", features & 8 ? (uint32_t)word(2) : 512);
        offer("feature-flush-cache", features >> 4 & 1);
        fake_grants_left = features & 32 ? byte() : FAKE_GRANTS;
        connected = blkback_start() == 1;
        if (!connected)
                return 0;
        while (left != 0)
                act();
        for (unsigned i = 0; i < accepted; i++)
                assert(fake_finished[i] <= 1);
        if (connected)
                fake_xenbus_disconnect();
        if (fake_timer != NULL)
                fake_timer_ring();
        for (unsigned i = 0; i < accepted; i++)
                assert(fake_finished[i] == 1);
        for (unsigned i = 0; i < FAKE_GRANTS; i++)
                assert(!fake_grants[i].granted || fake_grants[i].lost);
        return 0;
}
