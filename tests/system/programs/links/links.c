/* Says whether the first network device's link is up, each time that changes; asleep in between. */
#include "../../../guest/net_link/internal.h"

#include <stdio.h>

static void wake(void *ctx)
{
        (void)ctx; /* the interrupt has ended platform_idle */
}

static void receive(void *ctx, struct netdev_buffer *packet)
{
        (void)ctx;
        for (struct netdev_buffer *next; packet != NULL; packet = next) {
                next = packet->next;
                packet->release(packet);
        }
}

int main(void)
{
        platform_probe_network();
        struct netdev *device = netdev_get(0);
        if (device == NULL)
                return 1;
        netdev_set_wake(device, wake, NULL);
        bool up = !netdev_link_up(device);
        for (;;) {
                netdev_poll(device, 16, receive, NULL);
                if (up != netdev_link_up(device)) {
                        up = !up;
                        printf("link %s\n", up ? "up" : "down");
                        fflush(stdout);
                }
                bool enabled = platform_interrupts_disable();
                if (!netdev_arm(device))
                        platform_idle(PLATFORM_FOREVER);
                platform_interrupts_restore(enabled);
        }
}
