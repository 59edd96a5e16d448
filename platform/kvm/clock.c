/* KVM's clock: the nucleus has the hypervisor fill its page (GATE_CLOCK_PAGE). */
#include <stddef.h>

#include <x86_64/time/clock.h>
#include <x86_64/gate_call.h>

#define WALL_OFFSET 64u /* in the page */

static bool read_epoch(uint64_t *epoch)
{
        const struct pvclock_wall *wall = (const struct pvclock_wall *)(gate_boot_info()->clock_page + WALL_OFFSET);
        return pvclock_wall_read(wall, NULL, epoch);
}

const struct hypervisor_clock *clock_of_kvm(void)
{
        static struct hypervisor_clock clock = {.epoch = read_epoch};
        if (gate_call(GATE_CLOCK_PAGE, 0, 0, 0, 0) != 0)
                return NULL;
        clock.page = (const volatile struct pvclock_time *)gate_boot_info()->clock_page;
        return &clock;
}
