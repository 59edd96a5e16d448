/*
 * The registry of block devices and the queue in front of each, between blkdev_driver.h and blkdev.h. Devices are
 * added by the one thread that looks for them and stay for ever, so that reading needs no lock.
 */
#include <errno.h>
#include <string.h>

#include <coracle/blkdev_driver.h>
#include <coracle/log.h>
#include <platform.h>

static struct blkdev *devices[BLKDEV_DEVICES_MAX];
static atomic_uint device_count;

void blkdev_start(void)
{
        static struct mutex lock = MUTEX_INIT(lock);
        static bool started;
        mutex_lock(&lock);
        if (!started)
                platform_probe_block();
        started = true;
        mutex_unlock(&lock);
}

unsigned blkdev_count(void)
{
        return atomic_load_explicit(&device_count, memory_order_acquire);
}

struct blkdev *blkdev_get(unsigned index)
{
        return index < blkdev_count() ? devices[index] : NULL;
}

struct blkdev *blkdev_find(const char *name)
{
        struct blkdev *device = NULL;
        for (unsigned i = 0; (device = blkdev_get(i)) != NULL; i++)
                if (strcmp(device->info.name, name) == 0)
                        break;
        return device;
}

const struct blkdev_info *blkdev_info(const struct blkdev *device)
{
        return &device->info;
}

uint64_t blkdev_sectors(const struct blkdev *device)
{
        return atomic_load_explicit(&device->sectors, memory_order_relaxed);
}

void blkdev_statistics(const struct blkdev *device, struct blkdev_statistics *statistics)
{
        *statistics = device->statistics;
}

static int choose_name(struct blkdev *device, const char *prefix, uint32_t index)
{
        char *name = device->info.name;
        for (uint32_t letter = index != BLKDEV_NEXT ? index : 0; letter < 26; letter++) {
                format_text(name, BLKDEV_NAME_MAX, "%s%c", prefix, (char)('a' + letter));
                if (blkdev_find(name) == NULL)
                        return 0;
                if (index != BLKDEV_NEXT)
                        return -EEXIST;
        }
        return -ENOSPC;
}

int blkdev_register(struct blkdev *device, const char *prefix, uint32_t index)
{
        unsigned n = atomic_load_explicit(&device_count, memory_order_relaxed);
        int error = n < BLKDEV_DEVICES_MAX ? choose_name(device, prefix, index) : -ENOSPC;
        if (error != 0)
                return error;
        device->lock = (struct spinlock)SPINLOCK_INIT;
        wait_queue_init(&device->room);
        devices[n] = device;
        atomic_store_explicit(&device_count, n + 1, memory_order_release);
        return 0;
}

/* Why the device cannot do this at all, or 0. */
static int check(const struct blkdev *device, const struct blkdev_request *request)
{
        static const unsigned needs[] = {
                [BLKDEV_FLUSH] = BLKDEV_CAN_FLUSH,
                [BLKDEV_DISCARD] = BLKDEV_CAN_DISCARD,
                [BLKDEV_ZERO] = BLKDEV_CAN_ZERO,
        };
        unsigned need = request->operation < sizeof needs / sizeof needs[0] ? needs[request->operation] : 0;
        bool changes = request->operation != BLKDEV_READ && request->operation != BLKDEV_FLUSH;
        if (changes && (device->info.capabilities & BLKDEV_READ_ONLY) != 0)
                return -EROFS;
        return (device->info.capabilities & need) == need ? 0 : -ENOTSUP;
}

static void count(struct blkdev *device, const struct blkdev_request *request)
{
        struct blkdev_statistics *statistics = &device->statistics;
        switch (request->operation) {
        case BLKDEV_READ:
                statistics->reads++;
                statistics->read_bytes += request->sectors * BLKDEV_SECTOR;
                break;
        case BLKDEV_WRITE:
                statistics->writes++;
                statistics->written_bytes += request->sectors * BLKDEV_SECTOR;
                break;
        case BLKDEV_FLUSH:
                statistics->flushes++;
                break;
        default:
                statistics->discards++;
        }
}

int blkdev_submit(struct blkdev *device, const struct blkdev_request *request)
{
        int error = check(device, request);
        if (error != 0)
                return error;
        spin_lock(&device->lock);
        for (;;) {
                error = device->disabled ? -EIO : device->operations->submit(device, request);
                if (error != -EAGAIN)
                        break;
                /* What this thread has queued so far must be on its way before it waits. */
                device->operations->kick(device);
                wait_queue_wait(&device->room, &device->lock);
        }
        if (error == 0)
                count(device, request);
        spin_unlock(&device->lock);
        return error;
}

void blkdev_kick(struct blkdev *device)
{
        spin_lock(&device->lock);
        if (!device->disabled)
                device->operations->kick(device);
        spin_unlock(&device->lock);
}

void blkdev_interrupt(struct blkdev *device)
{
        spin_lock(&device->lock);
        device->statistics.interrupts++;
        if (!device->disabled)
                device->operations->reap(device);
        wait_queue_wake_all(&device->room);
        spin_unlock(&device->lock);
}

void blkdev_done(struct blkdev *device, void (*done)(void *cookie, int status), void *cookie, int status)
{
        if (status != 0)
                device->statistics.errors++;
        done(cookie, status);
}

void blkdev_resized(struct blkdev *device, uint64_t sectors)
{
        uint64_t before = atomic_exchange_explicit(&device->sectors, sectors, memory_order_relaxed);
        if (before != sectors)
                log_info("block", "%s: %llu MiB instead of %llu", device->info.name, (unsigned long long)sectors >> 11,
                         (unsigned long long)before >> 11);
}

void blkdev_disable(struct blkdev *device, const char *why)
{
        if (device->disabled)
                return;
        device->disabled = true;
        wait_queue_wake_all(&device->room);
        log_error("block", "%s: %s; it is disabled", device->info.name, why);
}
