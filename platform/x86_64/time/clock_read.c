/* The clocks that a machine may not have: the date, from the hypervisor or an old clock chip, and stolen time. */
#include <errno.h>

#include <platform.h>
#include <rtc/rtc.h>
#include <x86_64/time/clock.h>
#include <xen/time/stolen.h>

static int read_epoch(uint64_t *epoch)
{
        uint64_t date;
        if (clock_epoch_of_hypervisor(epoch))
                return 0;
        if (!rtc_read(&date))
                return -ENODEV;
        const uint64_t now = platform_clock_monotonic();
        if (date < now)
                return -ENODEV;
        *epoch = date - now;
        return 0;
}

int platform_clock_read(enum platform_clock clock, uint64_t *nanoseconds)
{
        if (clock == PLATFORM_CLOCK_EPOCH)
                return read_epoch(nanoseconds);
        return xen_stolen(nanoseconds) ? 0 : -ENODEV;
}
