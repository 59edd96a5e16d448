/* Xen's clock: time and date are in the shared info page; public/xen.h, struct vcpu_time_info and shared_info. */
#include <stddef.h>

#include <x86_64/time/clock.h>
#include <x86_64/gate_call.h>
#include <xen/shared_info.h>
#include <xen/time/stolen.h>

_Static_assert(offsetof(struct pvclock_time, system_time) == offsetof(struct vcpu_time_info, system_time) &&
                       offsetof(struct pvclock_time, tsc_shift) == offsetof(struct vcpu_time_info, tsc_shift),
               "Xen's clock page is KVM's");
_Static_assert(offsetof(struct shared_info, wc_sec) == offsetof(struct shared_info, wc_version) + 4 &&
                       offsetof(struct shared_info, wc_nsec) == offsetof(struct shared_info, wc_version) + 8,
               "and so is its wall clock, but for the upper half of the seconds");

static bool read_epoch(uint64_t *epoch)
{
        const struct shared_info *info = xen_shared_info();
        return pvclock_wall_read((const volatile struct pvclock_wall *)(const volatile void *)&info->wc_version,
                                 &info->wc_sec_hi, epoch);
}

const struct hypervisor_clock *clock_of_xen(void)
{
        static struct hypervisor_clock clock = {.epoch = read_epoch};
        struct shared_info *info = xen_shared_info();
        if (info == NULL)
                return NULL;
        clock.page = (const volatile struct pvclock_time *)(const volatile void *)&info->vcpu_info[0].time;
        return &clock;
}

bool xen_stolen(uint64_t *nanoseconds)
{
        const int64_t result = gate_call(GATE_HYPERCALL, GATE_XEN_STOLEN, 0, 0, 0);
        *nanoseconds = result < 0 ? 0 : (uint64_t)result;
        return result >= 0;
}
