/* The block class for one driver: see blkdev.h. */
#include <string.h>

#include <errno.h>

#include <coracle/log.h>
#include <fake/blkdev.h>

struct blkdev *fake_blkdev;
unsigned fake_finished[FAKE_COOKIES];
int fake_status[FAKE_COOKIES];

void fake_blkdev_reset(void)
{
        fake_blkdev = NULL;
        memset(fake_finished, 0, sizeof fake_finished);
        memset(fake_status, 0, sizeof fake_status);
}

int blkdev_register(struct blkdev *device, const char *prefix, uint32_t index)
{
        format_text(device->info.name, sizeof device->info.name, "%s%c", prefix,
                    (char)('a' + (index == BLKDEV_NEXT ? 0 : index % 26)));
        fake_blkdev = device;
        return 0;
}

void blkdev_interrupt(struct blkdev *device)
{
        if (!device->disabled)
                device->operations->reap(device);
}

void blkdev_done(struct blkdev *device, void (*done)(void *cookie, int status), void *cookie, int status)
{
        (void)device;
        done(cookie, status);
}

void blkdev_resized(struct blkdev *device, uint64_t sectors)
{
        atomic_store(&device->sectors, sectors);
}

void blkdev_disable(struct blkdev *device, const char *why)
{
        if (device->disabled)
                return;
        device->disabled = true;
        log_error("block", "%s: %s; it is disabled", device->info.name, why);
}

static void note(void *cookie, int status)
{
        fake_finished[(uintptr_t)cookie]++;
        fake_status[(uintptr_t)cookie] = status;
}

int fake_submit(enum blkdev_operation operation, uint64_t sector, uint64_t sectors,
                const struct blkdev_segment *segments, unsigned count, uintptr_t cookie)
{
        const struct blkdev_request request = {.operation = operation,
                                               .sector = sector,
                                               .sectors = sectors,
                                               .segments = segments,
                                               .count = count,
                                               .done = note,
                                               .cookie = (void *)cookie};
        if (fake_blkdev->disabled)
                return -EIO;
        int error = fake_blkdev->operations->submit(fake_blkdev, &request);
        if (!fake_blkdev->disabled)
                fake_blkdev->operations->kick(fake_blkdev);
        return error;
}
