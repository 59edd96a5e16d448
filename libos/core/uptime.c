/* coracle_uptime_ns: how long the guest has run. */
#include <coracle/stats.h>

#include <platform.h>

uint64_t coracle_uptime_ns(void)
{
        return platform_clock_monotonic();
}
