/*
 * Finding the devices of a class: the names below device/CLASS in xenstore are numbers, and below each the toolstack
 * has written where its backend is.
 */
#include <errno.h>
#include <string.h>

#include <coracle/log.h>
#include <coracle/sched.h>
#include <platform.h>

#include "device.h"

#include <xen/xen.h>

#define DEVICES_MAX 16u
#define NAMES_BYTES 256u

static struct {
        struct spinlock lock;
        struct wait_queue waiting;
} settling;

void xenbus_settle(struct xenbus_device *device)
{
        spin_lock(&settling.lock);
        device->settled = true;
        wait_queue_wake_all(&settling.waiting);
        spin_unlock(&settling.lock);
}

static void wait_until_settled(const struct xenbus_device *device)
{
        spin_lock(&settling.lock);
        while (!device->settled)
                (void)wait_queue_wait(&settling.waiting, &settling.lock);
        spin_unlock(&settling.lock);
}

static void on_time(void *ctx)
{
        struct xenbus_device *device = ctx;
        xenstore_poke(&device->watch);
}

/* The numbers of the class's devices, ascending. Returns how many. */
static unsigned list_devices(const char *class, uint32_t numbers[DEVICES_MAX])
{
        char names[NAMES_BYTES];
        unsigned count = 0;
        const int found = xenstore_list(XENSTORE_ALONE, "device", class, names, sizeof names);
        if (found < 0 && found != -ENOENT && found != -ENODEV)
                log_error("xen", "the list of %s devices cannot be read (error %d)", class, -found);
        const char *name = names;
        for (int i = 0; i < found && count < DEVICES_MAX; i++, name += strlen(name) + 1) {
                uint64_t number = 0;
                const char *digit = name;
                for (; *digit >= '0' && *digit <= '9' && number <= UINT32_MAX; digit++)
                        number = number * 10 + (uint64_t)(*digit - '0');
                if (digit == name || *digit != '\0' || number > UINT32_MAX) {
                        log_error("xen", "device/%s/%s has no number for a name; it is ignored", class, name);
                        continue;
                }
                unsigned at = count++;
                for (; at > 0 && numbers[at - 1] > number; at--)
                        numbers[at] = numbers[at - 1];
                numbers[at] = (uint32_t)number;
        }
        return count;
}

/* What the toolstack has written about the device. */
static int describe(struct xenbus_device *device)
{
        uint64_t domain;
        const int error =
                xenstore_read_number(XENSTORE_ALONE, device->path, "backend-id", DOMID_FIRST_RESERVED - 1, &domain);
        if (error != 0)
                return error;
        device->backend_domain = (uint16_t)domain;
        const int length =
                xenstore_read(XENSTORE_ALONE, device->path, "backend", device->backend, sizeof device->backend);
        return length < 0 ? length : length == 0 ? -ENOENT : 0;
}

/* Returns the device, its handshake begun, or NULL. */
static struct xenbus_device *start(const struct xenbus_driver *driver, uint32_t number)
{
        struct xenbus_device *device = driver->create();
        if (device == NULL) {
                log_error("xen", "%s%u: there is no memory for it", driver->class, number);
                return NULL;
        }
        device->driver = driver;
        device->number = number;
        format_text(device->name, sizeof device->name, "%s%u", driver->class, number);
        format_text(device->path, sizeof device->path, "device/%s/%u", driver->class, number);
        int error = describe(device);
        if (error == 0) {
                device->phase = XENBUS_WAITING;
                device->since = platform_clock_monotonic();
                timer_init(&device->timer, on_time, device);
                timer_start(&device->timer, device->since + XENBUS_TIMEOUT);
                device->watch.path = device->backend;
                device->watch.changed = xenbus_look;
                device->watch.ctx = device;
                error = xenstore_watch(&device->watch);
                if (error != 0)
                        (void)timer_cancel(&device->timer);
        }
        if (error != 0)
                log_error("xen", "%s: what the toolstack wrote about it cannot be read (error %d); it is not used",
                          device->name, -error);
        return error == 0 ? device : NULL;
}

unsigned xenbus_probe(const struct xenbus_driver *driver)
{
        uint32_t numbers[DEVICES_MAX];
        const unsigned count = list_devices(driver->class, numbers);
        unsigned running = 0;
        for (unsigned i = 0; i < count; i++) { /* one after the other: the class names devices as they come */
                const struct xenbus_device *device = start(driver, numbers[i]);
                if (device == NULL)
                        continue;
                wait_until_settled(device);
                running += !atomic_load(&device->failed);
        }
        return running;
}
