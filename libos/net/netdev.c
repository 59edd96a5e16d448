/*
 * The registry of network devices, between netdev_driver.h and netdev.h. Devices are added before the stack runs and
 * stay for ever, so that reading needs no lock.
 */
#include <errno.h>
#include <stdatomic.h>

#include <coracle/log.h>
#include <coracle/netdev_driver.h>
#include <platform.h>

static struct netdev *devices[NETDEV_DEVICES_MAX];
static atomic_uint device_count;

int netdev_register(struct netdev *device)
{
        unsigned n = atomic_load_explicit(&device_count, memory_order_relaxed);
        if (n == NETDEV_DEVICES_MAX)
                return -ENOSPC;
        format_text(device->info.name, sizeof device->info.name, "net%u", n);
        devices[n] = device;
        atomic_store_explicit(&device_count, n + 1, memory_order_release);
        return 0;
}

unsigned netdev_count(void)
{
        return atomic_load_explicit(&device_count, memory_order_acquire);
}

struct netdev *netdev_get(unsigned index)
{
        return index < netdev_count() ? devices[index] : NULL;
}

void netdev_info(const struct netdev *device, struct netdev_info *info)
{
        *info = device->info;
}

void netdev_statistics(const struct netdev *device, struct netdev_statistics *statistics)
{
        *statistics = device->statistics;
}

bool netdev_link_up(const struct netdev *device)
{
        return device->link_up && !device->disabled;
}

int netdev_transmit(struct netdev *device, const struct netdev_segment *segments, unsigned count,
                    const struct netdev_offload *offload, void (*done)(void *cookie), void *cookie)
{
        return device->disabled ? -ENODEV
                                : device->operations->transmit(device, segments, count, offload, done, cookie);
}

void netdev_flush(struct netdev *device)
{
        if (!device->disabled)
                device->operations->flush(device);
}

/* A disabled device is still asked: it owes `done` for the frames it had accepted. */
unsigned netdev_poll(struct netdev *device, unsigned budget, void (*receive)(void *ctx, struct netdev_buffer *packet),
                     void *ctx)
{
        return device->operations->poll(device, budget, receive, ctx);
}

bool netdev_arm(struct netdev *device)
{
        return device->operations->arm(device);
}

void netdev_set_wake(struct netdev *device, void (*wake)(void *ctx), void *ctx)
{
        bool enabled = platform_interrupts_disable();
        device->wake_ctx = ctx;
        device->wake = wake;
        platform_interrupts_restore(enabled);
}

void netdev_wake(struct netdev *device)
{
        bool enabled = platform_interrupts_disable();
        if (device->wake != NULL)
                device->wake(device->wake_ctx);
        platform_interrupts_restore(enabled);
}

void netdev_disable(struct netdev *device, const char *why)
{
        if (device->disabled)
                return;
        device->disabled = true;
        log_error("net", "%s: %s; it is disabled", device->info.name, why);
}
