/*
 * The clock that KVM, Xen and Firecracker keep in a page (Linux: Documentation/virt/kvm/x86/msr.rst,
 * MSR_KVM_SYSTEM_TIME_NEW and MSR_KVM_WALL_CLOCK_NEW; Xen: public/xen.h, struct vcpu_time_info).
 */
#ifndef CORACLE_PVCLOCK_H
#define CORACLE_PVCLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct pvclock_time {
        uint32_t version; /* odd while the hypervisor writes */
        uint32_t reserved;
        uint64_t tsc_timestamp; /* the counter when ... */
        uint64_t system_time;   /* ... this many nanoseconds had passed */
        uint32_t tsc_to_system; /* nanoseconds for each tick (after the shift), as a fraction of 2^32 */
        int8_t tsc_shift;       /* ticks are shifted left by this, right when it is negative */
        uint8_t flags;
        uint8_t padding[2];
};

struct pvclock_wall {
        uint32_t version;
        uint32_t seconds; /* since 1970, at system_time 0 */
        uint32_t nanoseconds;
};

/*
 * A consistent copy. False when the page was never filled in (no rate), or stayed odd: the hypervisor is not
 * playing by the rules.
 */
bool pvclock_snapshot(const volatile struct pvclock_time *page, struct pvclock_time *copy);

/* Nanoseconds of the hypervisor's clock at counter value `tsc`; also right a little before the page's time stamp. */
uint64_t pvclock_nanoseconds(const struct pvclock_time *copy, uint64_t tsc);

/*
 * Nanoseconds since 1970 at system_time 0 into *epoch. seconds_high: where the upper half of the seconds is, NULL when
 * there is none. False when the hypervisor did not fill it in.
 */
bool pvclock_wall_read(const volatile struct pvclock_wall *page, const volatile uint32_t *seconds_high,
                       uint64_t *epoch);

#endif
