/* coracle_cpu_stolen_ns: time that the hypervisor gave to others. */
#include <coracle/stats.h>

#include <platform.h>

int coracle_cpu_stolen_ns(uint64_t *nanoseconds)
{
        return platform_clock_read(PLATFORM_CLOCK_STOLEN, nanoseconds) == 0 ? 0 : -1;
}
