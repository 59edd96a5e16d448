/* The network class for one driver: a registry that forgets, so that each test starts a device of its own. */
#include <coracle/log.h>
#include <coracle/netdev_driver.h>
#include <fake/netdev.h>

struct netdev *fake_netdev;
unsigned fake_wakes;

int netdev_register(struct netdev *device)
{
        format_text(device->info.name, sizeof device->info.name, "net0");
        fake_netdev = device;
        return 0;
}

void netdev_wake(struct netdev *device)
{
        (void)device;
        fake_wakes++;
}

void netdev_disable(struct netdev *device, const char *why)
{
        device->disabled = true;
        log_error("net", "%s: %s; it is disabled", device->info.name, why);
}
