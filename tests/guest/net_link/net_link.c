/*
 * Network devices below the stack, one after the other: asks QEMU's user network for the gateway's address by ARP,
 * pings it 100 times, asleep between question and answer, and finds every frame counted and given back.
 */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct netdev *device;
static uint8_t mac[6], gateway[6];
static const uint8_t us[4] = {10, 0, 2, 15}, peer[4] = {10, 0, 2, 2};
static volatile int wakes;
static unsigned finished, arp_replies, pings;

static void wake(void *ctx)
{
        (void)ctx;
        wakes++;
}

static void done(void *cookie)
{
        *(int *)cookie = 0;
        finished++;
}

static void receive(void *ctx, struct netdev_buffer *packet)
{
        const uint8_t *f = packet->data;
        (void)ctx;
        if (packet->length >= 42 && f[12] == 8 && f[13] == 6 && f[21] == 2 && memcmp(f + 28, peer, 4) == 0) {
                memcpy(gateway, f + 22, 6);
                arp_replies++;
        }
        if (packet->length >= 98 && f[12] == 8 && f[13] == 0 && f[23] == 1 && f[34] == 0 &&
            memcmp(f + 42, "coracle!", 8) == 0)
                pings++;
        for (struct netdev_buffer *next; packet != NULL; packet = next) {
                next = packet->next;
                packet->release(packet);
        }
}

/* Polls until *count has reached `want`, asleep while there is nothing to do. */
static void wait_for(const unsigned *count, unsigned want)
{
        uint64_t deadline = platform_clock_monotonic() + 5000000000ull;
        while (*count < want) {
                if (netdev_poll(device, 16, receive, NULL) != 0)
                        continue;
                bool enabled = platform_interrupts_disable();
                if (!netdev_arm(device) && platform_idle(deadline) != 0 && platform_clock_monotonic() > deadline) {
                        printf("nothing came within five seconds\n");
                        exit(1);
                }
                platform_interrupts_restore(enabled);
        }
}

static void send(const uint8_t *frame, unsigned bytes)
{
        static const struct netdev_offload nothing;
        static int in_use;
        struct netdev_segment segments[2] = {{frame, 14}, {frame + 14, bytes - 14}};
        int error = netdev_transmit(device, segments, 2, &nothing, done, &in_use);
        if (error != 0) {
                printf("transmit: %d\n", error);
                exit(1);
        }
        netdev_flush(device);
}

static void ask_for_gateway(void)
{
        static uint8_t frame[42];
        memset(frame, 0xff, 6);
        memcpy(frame + 6, mac, 6);
        memcpy(frame + 12, "\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01", 10);
        memcpy(frame + 22, mac, 6);
        memcpy(frame + 28, us, 4);
        memcpy(frame + 38, peer, 4);
        send(frame, sizeof frame);
        wait_for(&arp_replies, 1);
}

static void checksum(uint8_t *at, unsigned bytes, uint8_t *field)
{
        unsigned sum = 0;
        for (unsigned i = 0; i < bytes; i += 2)
                sum += (unsigned)at[i] << 8 | at[i + 1];
        sum = (sum & 0xffff) + (sum >> 16);
        sum = ~((sum & 0xffff) + (sum >> 16));
        field[0] = (uint8_t)(sum >> 8);
        field[1] = (uint8_t)sum;
}

static void send_ping(unsigned n)
{
        static uint8_t frame[98];
        memset(frame, 0, sizeof frame);
        memcpy(frame, gateway, 6);
        memcpy(frame + 6, mac, 6);
        memcpy(frame + 12, "\x08\x00\x45\x00\x00\x54\x00\x00\x00\x00\x40\x01", 12);
        memcpy(frame + 26, us, 4);
        memcpy(frame + 30, peer, 4);
        checksum(frame + 14, 20, frame + 24);
        frame[34] = 8;
        frame[41] = (uint8_t)n;
        memcpy(frame + 42, "coracle!", 8);
        checksum(frame + 34, 64, frame + 36);
        send(frame, sizeof frame);
}

/* Armed before the question is asked, so that only an interrupt can tell of the answer. */
static void ping_asleep(unsigned n)
{
        uint64_t deadline = platform_clock_monotonic() + 5000000000ull;
        while (netdev_arm(device))
                netdev_poll(device, 16, receive, NULL);
        wakes = 0;
        send_ping(n);
        while (wakes == 0 && platform_clock_monotonic() < deadline) {
                bool enabled = platform_interrupts_disable();
                if (wakes == 0)
                        platform_idle(deadline);
                platform_interrupts_restore(enabled);
        }
        wait_for(&pings, n);
}

static void try_device(void)
{
        struct netdev_info info;
        struct netdev_statistics s;
        finished = arp_replies = pings = 0;
        netdev_info(device, &info);
        memcpy(mac, info.mac, 6);
        printf("%s: %s, link %s\n", info.name, info.driver, netdev_link_up(device) ? "up" : "down");
        netdev_set_wake(device, wake, NULL);
        ask_for_gateway();
        printf("%s: 10.0.2.2 is at %02x:%02x:%02x:%02x:%02x:%02x\n", info.name, gateway[0], gateway[1], gateway[2],
               gateway[3], gateway[4], gateway[5]);
        for (unsigned n = 1; n <= 99; n++) {
                send_ping(n);
                wait_for(&pings, n);
        }
        ping_asleep(100);
        printf("%s: %u pings answered\n", info.name, pings);
        /* No interrupt tells of a finished transmit while the ring is nearly empty. */
        for (unsigned i = 0; i < 1000000 && finished < 101; i++)
                netdev_poll(device, 16, receive, NULL);
        netdev_statistics(device, &s);
        printf("%s: sent %llu, received %llu, finished %u, %s dropped\n", info.name, (unsigned long long)s.tx_packets,
               (unsigned long long)s.rx_packets, finished, s.rx_errors + s.rx_dropped == 0 ? "none" : "some");
        if (wakes == 1 && s.interrupts != 0)
                printf("%s: woken by an interrupt\n", info.name);
}

int main(void)
{
        unsigned found = platform_probe_network();
        printf("%u found, %u registered\n", found, netdev_count());
        for (unsigned i = 0; (device = netdev_get(i)) != NULL; i++)
                try_device();
        return 0;
}
